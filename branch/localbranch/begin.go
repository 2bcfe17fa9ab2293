package localbranch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
)

// Begin is Create in two steps, for a server that answers before the data is
// copied. The branch is there when Begin returns, as Creating; finish, which
// must be called, does the rest. A process that is killed in between leaves
// nothing.
func (p *Provider) Begin(ctx context.Context, name string, opts branch.CreateOptions) (b BranchStatus, finish func(context.Context) (branch.Branch, error), err error) {
	if err := errors.Join(branch.CheckName(name), opts.At.Check(), branch.CheckExpiration(opts.ExpiresAt, time.Now())); err != nil {
		return b, nil, fail("create", name, err, "")
	}
	r, unlock, err := p.reserve(ctx, name, opts)
	if err != nil {
		return b, nil, fail("create", name, err, "")
	}
	return BranchStatus{Branch: r.Branch, Port: r.Port}, func(ctx context.Context) (branch.Branch, error) {
		defer unlock()
		b, err := p.complete(ctx, r, opts.At)
		if err != nil {
			return branch.Branch{}, fail("create", name, err, "")
		}
		return b, nil
	}, nil
}

// CheckPoint reports whether Create and Restore can go to a point of the
// branch's history: ErrOutOfHistory where they can't. It wakes the branch.
func (p *Provider) CheckPoint(ctx context.Context, name string, at branch.Point) error {
	if err := at.Check(); err != nil || at.IsHead() {
		return fail("go back on", name, err, "")
	}
	st, records, unlock, err := p.locked(ctx, "go back on", use{name, shared})
	if err != nil {
		return fail("go back on", name, err, "")
	}
	defer unlock()
	r := records[0]
	srv, err := p.start(ctx, st.Major, r.Cluster, r.Port)
	if err != nil {
		return fail("go back on", name, err, "")
	}
	defer srv.Close()
	bases, err := p.bases(r.Cluster)
	if err == nil {
		err = reachable(ctx, srv, r, bases, at)
	}
	return fail("go back on", name, err, "")
}

// Suspend stops the server of a branch, whoever uses it. Endpoint wakes it.
func (p *Provider) Suspend(ctx context.Context, name string) error {
	_, err := p.down(ctx, name)
	return fail("suspend", name, err, "")
}

// Admin wakes a branch until release is called. connString is a URL for a
// database as its superuser, over the unix socket, without a password.
func (p *Provider) Admin(ctx context.Context, name string) (connString func(database string) string, release func(), err error) {
	st, records, unlock, err := p.locked(ctx, "connect to", use{name, shared})
	if err != nil {
		return nil, nil, fail("connect to", name, err, "")
	}
	defer unlock()
	srv, err := p.start(ctx, st.Major, records[0].Cluster, records[0].Port)
	if err != nil {
		return nil, nil, fail("connect to", name, err, "")
	}
	p.keepHistoryLater(ctx, records[0])
	return srv.AdminConnString, func() { _ = srv.Close() }, nil
}

// Overview is Status without what takes long: sizes, the reach of histories,
// and a look at the file system.
func (p *Provider) Overview(ctx context.Context) (Status, error) {
	st, err := p.current(ctx)
	if err != nil {
		return Status{}, err
	}
	st.sort()
	s := Status{Dir: p.dir, Version: st.Version, Branches: make([]BranchStatus, 0, len(st.Branches))}
	for _, r := range st.Branches {
		b := BranchStatus{Branch: p.live(r), Port: r.Port}
		if server, err := pglocal.Inspect(p.clusterDir(r.Cluster)); err == nil {
			b.Running, b.Kept, b.Users = server.Running, server.Kept, server.Users
		}
		if parent := st.find(b.ParentID); parent != nil {
			b.Parent = parent.Name
		}
		s.Branches = append(s.Branches, b)
	}
	return s, nil
}

// SetDefault makes the branch the one that is meant when none is named. A
// branch that expires refuses it: ErrInvalidExpiration.
func (p *Provider) SetDefault(ctx context.Context, name string) (branch.Branch, error) {
	return p.edit(ctx, "make default", name, func(st *state, r *record) error {
		if !r.ExpiresAt.IsZero() {
			return fail("make default", r.Name, fmt.Errorf("%w: the default branch can't expire", branch.ErrInvalidExpiration),
				"take its expiration away first")
		}
		for _, other := range st.Branches {
			other.Default = other == r
		}
		return nil
	})
}

// Detach cuts a branch from its parent: it has none from then on, and no longer
// counts as a child.
func (p *Provider) Detach(ctx context.Context, name string) (branch.Branch, error) {
	return p.edit(ctx, "detach", name, func(_ *state, r *record) error {
		r.Detached = true
		return nil
	})
}
