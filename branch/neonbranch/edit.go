package neonbranch

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/neonapi"
)

// edit changes a branch that passes the check.
func (p *Provider) edit(ctx context.Context, op, name string, in neonapi.UpdateBranch, check func(look, *neonapi.Branch) error) (branch.Branch, error) {
	l, err := p.look(ctx)
	if err != nil {
		return branch.Branch{}, fail(op, name, err)
	}
	b, err := l.get(op, name)
	if err != nil {
		return branch.Branch{}, err
	}
	if err := check(l, b); err != nil {
		return branch.Branch{}, fail(op, b.Name, err)
	}
	changed, err := p.api.UpdateBranch(ctx, p.project, b.ID, in)
	if err == nil {
		err = p.api.Wait(ctx, p.project, changed.Operations...)
	}
	if neonapi.IsConflict(err) && in.Name != nil {
		err = fmt.Errorf("to %s: %w", *in.Name, branch.ErrExists)
	}
	if err != nil {
		return branch.Branch{}, fail(op, b.Name, err)
	}
	return p.again(ctx, op, b.ID)
}

// Rename implements branch.Provider.
func (p *Provider) Rename(ctx context.Context, name, to string) (branch.Branch, error) {
	if err := branch.CheckName(to); err != nil {
		return branch.Branch{}, fail("rename", name, err)
	}
	return p.edit(ctx, "rename", name, neonapi.UpdateBranch{Name: &to}, func(l look, b *neonapi.Branch) error {
		if other := l.find(to); other != nil && other.ID != b.ID {
			return fmt.Errorf("to %s: %w", to, branch.ErrExists)
		}
		return nil
	})
}

// SetExpiration implements branch.Provider. Neon keeps whole seconds, and
// deletes the branch itself.
func (p *Provider) SetExpiration(ctx context.Context, name string, t time.Time) (branch.Branch, error) {
	return p.edit(ctx, "expire", name, neonapi.UpdateBranch{ExpiresAt: &t}, func(l look, b *neonapi.Branch) error {
		children := l.children(b.ID)
		switch {
		case t.IsZero():
			return nil
		case b.Default:
			return refuse("expire", b.Name, branch.ErrProtected, "it is the default branch")
		case b.Protected:
			return refuse("expire", b.Name, branch.ErrProtected, "take its protection away first")
		case len(children) > 0:
			return refuse("expire", b.Name, branch.ErrHasChildren, "delete its children first: "+strings.Join(children, ", "))
		}
		return branch.CheckExpiration(t, time.Now())
	})
}

// SetProtected implements branch.Provider.
func (p *Provider) SetProtected(ctx context.Context, name string, protected bool) (branch.Branch, error) {
	return p.edit(ctx, "protect", name, neonapi.UpdateBranch{Protected: &protected}, func(_ look, b *neonapi.Branch) error {
		if protected && !b.ExpiresAt.IsZero() {
			return refuse("protect", b.Name, fmt.Errorf("%w: a protected branch can't expire", branch.ErrInvalidExpiration),
				"take its expiration away first")
		}
		return nil
	})
}

// SetDefault makes the branch the one that is meant when none is named.
func (p *Provider) SetDefault(ctx context.Context, name string) (branch.Branch, error) {
	l, err := p.look(ctx)
	if err != nil {
		return branch.Branch{}, fail("make default", name, err)
	}
	b, err := l.get("make default", name)
	if err != nil {
		return branch.Branch{}, err
	}
	changed, err := p.api.SetDefaultBranch(ctx, p.project, b.ID)
	if err == nil {
		err = p.api.Wait(ctx, p.project, changed.Operations...)
	}
	if err != nil {
		return branch.Branch{}, fail("make default", b.Name, err)
	}
	return p.again(ctx, "make default", b.ID)
}

// Delete implements branch.Provider.
func (p *Provider) Delete(ctx context.Context, name string) error {
	l, err := p.look(ctx)
	if err != nil {
		return fail("delete", name, err)
	}
	b, err := l.get("delete", name)
	if err != nil {
		return err
	}
	children := l.children(b.ID)
	switch {
	case b.Default && b.ParentID == "":
		return refuse("delete", b.Name, branch.ErrRoot, "all other branches come from it; restore it to a point of its history instead")
	case b.Default:
		return refuse("delete", b.Name, branch.ErrProtected, "it is the default branch")
	case len(children) > 0:
		return refuse("delete", b.Name, branch.ErrHasChildren, "delete its children first: "+strings.Join(children, ", "))
	case b.Protected:
		return refuse("delete", b.Name, branch.ErrProtected, "take its protection away first")
	}
	gone, found, err := p.api.DeleteBranch(ctx, p.project, b.ID)
	if err == nil {
		err = p.api.Wait(ctx, p.project, gone.Operations...)
	}
	if err == nil && !found {
		err = branch.ErrNotFound
	}
	return fail("delete", b.Name, err)
}
