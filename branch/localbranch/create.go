package localbranch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
)

// Create implements branch.Provider. The parent is woken where it is idle and
// stays online; the branch's server runs when Create returns.
func (p *Provider) Create(ctx context.Context, name string, opts branch.CreateOptions) (branch.Branch, error) {
	b, err := p.create(ctx, name, opts)
	if err != nil {
		return branch.Branch{}, fail("create", name, err, "")
	}
	return b, nil
}

func (p *Provider) create(ctx context.Context, name string, opts branch.CreateOptions) (branch.Branch, error) {
	if err := errors.Join(branch.CheckName(name), opts.At.Check(), branch.CheckExpiration(opts.ExpiresAt, time.Now())); err != nil {
		return branch.Branch{}, err
	}
	r, unlock, err := p.reserve(ctx, name, opts)
	if err != nil {
		return branch.Branch{}, err
	}
	defer unlock()
	p.hook("create:reserved")
	return p.complete(ctx, r, opts.At)
}

// complete makes a reserved branch, or takes it back.
func (p *Provider) complete(ctx context.Context, r *record, at branch.Point) (branch.Branch, error) {
	b, err := p.fill(ctx, r, at)
	if err != nil {
		p.abandon(context.WithoutCancel(ctx), r)
		return branch.Branch{}, err
	}
	p.keepHistoryLater(ctx, r)
	p.keepSpareLater(ctx, r.ParentID)
	return b, nil
}

// reserve enters the branch into the state as being created, and returns it
// with its lock: while that is held, it is this process's to finish.
func (p *Provider) reserve(ctx context.Context, name string, opts branch.CreateOptions) (*record, func(), error) {
	for {
		var (
			r    *record
			mine *lock
			wait string
		)
		err := p.updateLater(ctx, func(st *state) error {
			parent, err := st.parentFor(name, opts)
			if err != nil {
				return err
			}
			if parent.State == branch.Creating {
				wait = parent.ID
				return errParentCreating
			}
			r = st.newRecord(name, parent)
			r.ExpiresAt = utc(opts.ExpiresAt)
			mine, err = p.lockNew(r.ID)
			st.Branches = append(st.Branches, r)
			return err
		})
		switch {
		case err == nil:
			return r, func() { mine.f.Close() }, nil
		case mine != nil:
			os.Remove(p.lockPath(r.ID))
			mine.f.Close()
			return nil, nil, err
		case !errors.Is(err, errParentCreating):
			return nil, nil, err
		}
		unlock, err := takeLocks(ctx, wanted{p.lockPath(wait), shared})
		if err != nil {
			return nil, nil, err
		}
		unlock()
	}
}

var errParentCreating = errors.New("the parent is being created")

// parentFor checks what can be known before the data is looked at.
func (st *state) parentFor(name string, opts branch.CreateOptions) (*record, error) {
	if len(st.Branches) == 0 {
		return nil, ErrNoProject
	}
	parent := st.defaultBranch()
	if opts.Parent != "" {
		var err error
		if parent, err = st.get("create from", opts.Parent); err != nil {
			return nil, err
		}
	}
	if st.taken(name) {
		return nil, fail("create", name, branch.ErrExists, "choose another name, or reset it to its parent's state")
	}
	if !parent.ExpiresAt.IsZero() {
		return nil, fail("create", name, fmt.Errorf("%w: its parent %s expires itself", branch.ErrInvalidExpiration, parent.Name),
			"take the parent's expiration away first")
	}
	return parent, nil
}

func (st *state) newRecord(name string, parent *record) *record {
	return &record{
		Branch: branch.Branch{
			ID:        newID(func(id string) bool { return st.find(id) != nil }),
			Name:      name,
			ParentID:  parent.ID,
			State:     branch.Creating,
			CreatedAt: time.Now().UTC(),
		},
		Port:     st.freePort(),
		Password: parent.Password,
		Cluster:  newCluster(),
	}
}

// lockNew locks an id that no other process knows yet.
func (p *Provider) lockNew(id string) (*lock, error) {
	l, err := tryLock(p.lockPath(id), exclusive)
	if l == nil && err == nil {
		err = fmt.Errorf("the lock of %s is taken", id)
	}
	return l, err
}

// fill copies the parent's data into a reserved branch.
func (p *Provider) fill(ctx context.Context, r *record, at branch.Point) (branch.Branch, error) {
	st, sources, unlock, err := p.locked(ctx, "create from", use{r.ParentID, shared})
	if err != nil {
		return branch.Branch{}, err
	}
	defer unlock()
	srv, from, err := p.build(ctx, st, sources[0], at, r.Cluster, r.Port)
	if err != nil {
		return branch.Branch{}, err
	}
	p.hook("create:built")
	return p.finish(ctx, r, srv, from)
}

// finish makes a built branch ready and holds its server.
func (p *Provider) finish(ctx context.Context, r *record, srv *pglocal.Server, from origin) (b branch.Branch, err error) {
	err = p.updateLater(ctx, func(st *state) error {
		stored := st.find(r.ID)
		if stored == nil {
			return branch.ErrNotFound
		}
		stored.State, stored.Port = branch.Ready, srv.Port()
		stored.ParentLSN, stored.ParentTime = from.LSN, from.Time
		b = stored.Branch
		return nil
	})
	if err != nil {
		return b, errors.Join(err, srv.Close())
	}
	b.State = branch.Active
	return b, p.adopt(ctx, r.Cluster, srv)
}

// abandon takes a branch back that could not be finished.
func (p *Provider) abandon(ctx context.Context, r *record) {
	err := p.update(ctx, func(st *state) error {
		st.remove(r.ID)
		return nil
	})
	if err != nil {
		p.log().Warn("take back an unfinished branch", "branch", r.Name, "err", err)
		return
	}
	os.Remove(p.lockPath(r.ID))
	p.discard(ctx, r.Cluster)
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Microsecond)
}
