package localbranch

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
)

// update changes the project's state: fn sees it under the project's lock, and
// what it leaves is stored unless it fails. What killed processes left behind
// is cleared on the way.
func (p *Provider) update(ctx context.Context, fn func(*state) error) error {
	return p.updateAnd(ctx, p.save, fn)
}

// updateLater is update for a new branch: after a power failure it may be as
// if it never was, since its files reach the disk later, too.
func (p *Provider) updateLater(ctx context.Context, fn func(*state) error) error {
	return p.updateAnd(ctx, p.saveLater, fn)
}

func (p *Provider) updateAnd(ctx context.Context, save func(*state) error, fn func(*state) error) error {
	if _, err := os.Stat(p.statePath()); os.IsNotExist(err) {
		return p.noProject()
	}
	unlock, err := takeLocks(ctx, p.projectLock())
	if err != nil {
		return err
	}
	garbage, err := p.updateLocked(save, fn)
	unlock()
	for _, c := range garbage {
		p.discard(context.WithoutCancel(ctx), c)
	}
	return err
}

func (p *Provider) updateLocked(save func(*state) error, fn func(*state) error) (garbage []string, err error) {
	st, err := p.load()
	if err != nil {
		return nil, err
	}
	changed, err := p.sweep(st)
	if err != nil {
		return nil, err
	}
	if changed {
		if err := p.save(st); err != nil {
			return nil, err
		}
	}
	if garbage, err = p.unreferenced(st); err != nil {
		return nil, err
	}
	if err := p.sweepLocks(st); err != nil {
		return nil, err
	}
	if err := fn(st); err != nil {
		return garbage, err
	}
	return garbage, save(st)
}

// sweep drops from the state what was being made when its maker died: the
// maker's lock on the branch is free then.
func (p *Provider) sweep(st *state) (changed bool, err error) {
	for _, r := range slices.Clone(st.Branches) {
		if r.State != branch.Creating && r.Pending == nil {
			continue
		}
		l, err := tryLock(p.lockPath(r.ID), exclusive)
		if err != nil {
			return changed, err
		}
		if l == nil {
			continue
		}
		changed = true
		p.log().Info("clear what a killed process left", "branch", r.Name)
		r.Pending = nil
		if r.State == branch.Creating {
			st.remove(r.ID)
			os.Remove(p.lockPath(r.ID))
		}
		l.f.Close()
	}
	return changed, nil
}

// unreferenced lists the cluster folders that no branch names. Every folder is
// in the state before it is made and until it may go.
func (p *Provider) unreferenced(st *state) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(p.dir, "clusters"))
	if err != nil {
		return nil, err
	}
	named := make(map[string]bool)
	for _, r := range st.Branches {
		named[r.Cluster] = true
		if r.Pending != nil {
			named[r.Pending.Cluster] = true
		}
	}
	var garbage []string
	for _, e := range entries {
		if !named[e.Name()] {
			garbage = append(garbage, e.Name())
		}
	}
	return garbage, nil
}

// sweepLocks removes the lock files of branches that are gone.
func (p *Provider) sweepLocks(st *state) error {
	entries, err := os.ReadDir(filepath.Join(p.dir, "locks"))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if st.find(e.Name()) != nil {
			continue
		}
		if l, err := tryLock(p.lockPath(e.Name()), exclusive); l != nil && err == nil {
			os.Remove(p.lockPath(e.Name()))
			l.f.Close()
		}
	}
	return nil
}

// discard stops the server of a cluster that no branch names any more and
// removes its data. What fails is tried again by the next operation.
func (p *Provider) discard(ctx context.Context, cluster string) {
	p.drop(cluster)
	dir := p.clusterDir(cluster)
	if _, err := os.Lstat(dir); err != nil {
		return
	}
	if err := pglocal.Stop(ctx, dir); err != nil {
		p.log().Warn("stop the server of a dropped branch", "dir", dir, "err", err)
		return
	}
	p.hook("discard")
	if err := os.RemoveAll(dir); err != nil {
		p.log().Warn("remove the data of a dropped branch", "dir", dir, "err", err)
	}
}
