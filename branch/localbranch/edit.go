package localbranch

import (
	"context"
	"fmt"
	"time"

	"github.com/espalier-go/espalier/branch"
)

// edit changes what is stored of a branch, not its data.
func (p *Provider) edit(ctx context.Context, op, name string, change func(*state, *record) error) (branch.Branch, error) {
	var edited *record
	err := p.update(ctx, func(st *state) error {
		if len(st.Branches) == 0 {
			return p.noProject()
		}
		r, err := st.get(op, name)
		if err != nil {
			return err
		}
		edited = r
		return change(st, r)
	})
	if err != nil {
		return branch.Branch{}, fail(op, name, err, "")
	}
	return p.live(edited), nil
}

// Rename implements branch.Provider.
func (p *Provider) Rename(ctx context.Context, name, to string) (branch.Branch, error) {
	if err := branch.CheckName(to); err != nil {
		return branch.Branch{}, fail("rename", name, err, "")
	}
	return p.edit(ctx, "rename", name, func(st *state, r *record) error {
		if r.Name != to && st.taken(to) {
			return fmt.Errorf("to %s: %w", to, branch.ErrExists)
		}
		r.Name = to
		return nil
	})
}

// SetExpiration implements branch.Provider. An expired branch stays until
// Prune.
func (p *Provider) SetExpiration(ctx context.Context, name string, t time.Time) (branch.Branch, error) {
	return p.edit(ctx, "expire", name, func(st *state, r *record) error {
		if t.IsZero() {
			r.ExpiresAt = t
			return nil
		}
		switch {
		case r.Default:
			return fail("expire", r.Name, branch.ErrProtected, "it is the default branch")
		case r.Protected:
			return r.unprotected("expire")
		case len(st.children(r.ID)) > 0:
			return fail("expire", r.Name, branch.ErrHasChildren, "delete its children first: "+names(st.children(r.ID)))
		}
		if err := branch.CheckExpiration(t, time.Now()); err != nil {
			return err
		}
		r.ExpiresAt = utc(t)
		return nil
	})
}

// SetProtected implements branch.Provider.
func (p *Provider) SetProtected(ctx context.Context, name string, protected bool) (branch.Branch, error) {
	return p.edit(ctx, "protect", name, func(_ *state, r *record) error {
		if protected && !r.ExpiresAt.IsZero() {
			return fail("protect", r.Name, fmt.Errorf("%w: a protected branch can't expire", branch.ErrInvalidExpiration),
				"take its expiration away first")
		}
		r.Protected = protected
		return nil
	})
}
