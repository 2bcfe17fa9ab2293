package neonbranch

import (
	"context"
	"fmt"
	"strings"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/neonapi"
)

// Reset implements branch.Provider. A branch with children refuses it, as on
// Neon: ErrHasChildren.
func (p *Provider) Reset(ctx context.Context, name string) (branch.Branch, error) {
	l, err := p.look(ctx)
	if err != nil {
		return branch.Branch{}, fail("reset", name, err)
	}
	b, err := l.get("reset", name)
	if err != nil {
		return branch.Branch{}, err
	}
	if b.ParentID == "" {
		return branch.Branch{}, refuse("reset", b.Name, branch.ErrRoot, "it has no parent; restore it to a point of its history instead")
	}
	return p.replace(ctx, l, "reset", b, neonapi.RestoreBranch{SourceID: b.ParentID}, branch.Point{}, b.Name)
}

// Restore implements branch.Provider.
func (p *Provider) Restore(ctx context.Context, name string, opts branch.RestoreOptions) (branch.Branch, error) {
	if opts.PreserveAs != "" {
		if err := branch.CheckName(opts.PreserveAs); err != nil {
			return branch.Branch{}, fail("restore", name, err)
		}
	}
	if err := opts.At.Check(); err != nil {
		return branch.Branch{}, fail("restore", name, err)
	}
	l, err := p.look(ctx)
	if err != nil {
		return branch.Branch{}, fail("restore", name, err)
	}
	b, err := l.get("restore", name)
	if err != nil {
		return branch.Branch{}, err
	}
	source := b
	if opts.Source != "" {
		if source, err = l.get("restore from", opts.Source); err != nil {
			return branch.Branch{}, err
		}
	}
	switch {
	case source == b && opts.At.IsHead():
		return branch.Branch{}, refuse("restore", b.Name, fmt.Errorf("%w: a restore from itself needs a time or an LSN", branch.ErrInvalidPoint),
			"name a point of its history, or another branch as the source")
	case opts.PreserveAs != "" && l.find(opts.PreserveAs) != nil:
		return branch.Branch{}, refuse("restore", opts.PreserveAs, branch.ErrExists, "choose another name to keep the old state under")
	}
	in := neonapi.RestoreBranch{SourceID: source.ID, SourceLSN: opts.At.LSN, SourceTimestamp: opts.At.Time.UTC(), PreserveAs: opts.PreserveAs}
	if opts.At.Time.IsZero() {
		in.SourceTimestamp = opts.At.Time
	}
	return p.replace(ctx, l, "restore", b, in, opts.At, source.Name)
}

func (p *Provider) replace(ctx context.Context, l look, op string, b *neonapi.Branch, in neonapi.RestoreBranch, at branch.Point, source string) (branch.Branch, error) {
	if b.Protected {
		return branch.Branch{}, refuse(op, b.Name, branch.ErrProtected, "take its protection away first")
	}
	if children := l.children(b.ID); len(children) > 0 && in.PreserveAs == "" {
		return branch.Branch{}, refuse(op, b.Name, branch.ErrHasChildren,
			"name a branch that keeps the old state and takes the children: "+strings.Join(children, ", "))
	}
	changed, err := p.api.RestoreBranch(ctx, p.project, b.ID, in)
	if err == nil {
		err = p.api.Wait(ctx, p.project, changed.Operations...)
	}
	if err != nil {
		return branch.Branch{}, fail(op, b.Name, pointError(at, source, conflict(in.PreserveAs, err)))
	}
	return p.again(ctx, op, b.ID)
}
