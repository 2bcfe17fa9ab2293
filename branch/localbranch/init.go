package localbranch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
)

// Init makes the project and its root branch "main" where there is none, and
// returns the root branch. It may be called again, by several processes at
// once, too.
func (p *Provider) Init(ctx context.Context) (branch.Branch, error) {
	b, err := p.init(ctx)
	if err != nil {
		return branch.Branch{}, fail("create", DefaultBranch, err, "")
	}
	return b, nil
}

func (p *Provider) init(ctx context.Context) (branch.Branch, error) {
	for {
		st, err := p.read()
		if err == nil {
			root := st.root()
			if root.State != branch.Creating {
				return p.moveRoot(ctx, root)
			}
			// Another process is making it, or died of it.
			unlock, err := takeLocks(ctx, wanted{p.lockPath(root.ID), shared})
			if err != nil {
				return branch.Branch{}, err
			}
			unlock()
			if err := p.update(ctx, func(*state) error { return nil }); err != nil {
				return branch.Branch{}, err
			}
			continue
		}
		if !errors.Is(err, ErrNoProject) {
			return branch.Branch{}, err
		}
		install, err := p.postgres(ctx, 0)
		if err != nil {
			return branch.Branch{}, err
		}
		if err := p.makeFolder(ctx, install); err != nil {
			return branch.Branch{}, fmt.Errorf("make %s: %w", p.dir, err)
		}
		root, unlock, err := p.reserveRoot(ctx, install)
		if err != nil {
			return branch.Branch{}, err
		}
		if root == nil {
			continue
		}
		b, err := p.makeRoot(ctx, install.Major, root)
		unlock()
		if err == nil {
			p.keepSpareLater(ctx, root.ID)
		}
		return b, err
	}
}

// root is the first branch: all others come from it.
func (st *state) root() *record {
	for _, r := range st.Branches {
		if r.ParentID == "" {
			return r
		}
	}
	return nil
}

// makeFolder makes .espalier. It belongs to whom the servers run as, and is
// closed to everyone else.
func (p *Provider) makeFolder(ctx context.Context, install *pglocal.Install) error {
	if _, err := os.Stat(p.statePath()); err == nil {
		return nil
	}
	owner, err := pglocal.RunAs(p.dir, install)
	if err != nil {
		return err
	}
	for _, dir := range []string{p.dir, filepath.Join(p.dir, "clusters"), filepath.Join(p.dir, "locks")} {
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
		if err := errors.Join(os.Chmod(dir, 0o700), owner.Chown(dir)); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(p.dir, ".gitignore"), []byte("*\n"), 0o600); err != nil {
		return err
	}
	unlock, err := takeLocks(ctx, p.projectLock())
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := p.load(); !errors.Is(err, ErrNoProject) {
		return err
	}
	return p.save(&state{Format: stateFormat})
}

// reserveRoot returns no record when another process was faster.
func (p *Provider) reserveRoot(ctx context.Context, install *pglocal.Install) (root *record, unlock func(), err error) {
	var mine *lock
	err = p.update(ctx, func(st *state) error {
		if len(st.Branches) > 0 {
			return nil
		}
		r := st.newRecord(DefaultBranch, &record{Password: newPassword()})
		r.Default = true
		if p.cfg.Port != 0 {
			r.Port = p.cfg.Port
		}
		if mine, err = p.lockNew(r.ID); err != nil {
			return err
		}
		root = r
		st.Major, st.Version, st.Branches = install.Major, install.Version, []*record{r}
		return nil
	})
	if mine == nil || err != nil {
		return nil, nil, err
	}
	return root, func() { mine.f.Close() }, nil
}

// makeRoot fills the reserved root branch.
func (p *Provider) makeRoot(ctx context.Context, major int, root *record) (branch.Branch, error) {
	p.hook("init:reserved")
	srv, err := p.start(ctx, major, root.Cluster, root.Port)
	if err == nil {
		p.hook("init:started")
		err = errors.Join(bootstrap(ctx, srv, root.Password))
		if err == nil {
			err = p.rotate(ctx, srv, root.Cluster)
		}
		if err != nil {
			err = errors.Join(err, srv.Close())
		}
	}
	if err != nil {
		p.abandon(context.WithoutCancel(ctx), root)
		return branch.Branch{}, err
	}
	p.hook("init:built")
	return p.finish(ctx, root, srv, origin{Time: time.Time{}})
}

// moveRoot gives the root branch the port of the configuration.
func (p *Provider) moveRoot(ctx context.Context, root *record) (branch.Branch, error) {
	if p.cfg.Port == 0 || p.cfg.Port == root.Port {
		return p.live(root), nil
	}
	_, records, unlock, err := p.locked(ctx, "move", use{root.ID, exclusive})
	if err != nil {
		return branch.Branch{}, err
	}
	defer unlock()
	if !portFree(p.cfg.Port) {
		return branch.Branch{}, &pglocal.PortTakenError{Port: p.cfg.Port}
	}
	if err := pglocal.Stop(ctx, p.clusterDir(records[0].Cluster)); err != nil {
		return branch.Branch{}, err
	}
	return p.edit(ctx, "move", root.ID, func(st *state, r *record) error {
		for _, other := range st.Branches {
			if other != r && other.Port == p.cfg.Port {
				return fmt.Errorf("port %d belongs to branch %s", p.cfg.Port, other.Name)
			}
		}
		r.Port = p.cfg.Port
		return nil
	})
}
