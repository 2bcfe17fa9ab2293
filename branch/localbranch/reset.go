package localbranch

import (
	"context"

	"github.com/espalier-go/espalier/branch"
)

// Reset implements branch.Provider. The branch stays online until the parent's
// copy is ready to take its place. Its history begins anew.
func (p *Provider) Reset(ctx context.Context, name string) (branch.Branch, error) {
	b, err := p.reset(ctx, name)
	if err != nil {
		return branch.Branch{}, fail("reset", name, err, "")
	}
	return b, nil
}

func (p *Provider) reset(ctx context.Context, name string) (branch.Branch, error) {
	for {
		before, err := p.read()
		if err != nil {
			return branch.Branch{}, err
		}
		r, err := before.get("reset", name)
		if err != nil {
			return branch.Branch{}, err
		}
		if err := r.resettable(); err != nil {
			return branch.Branch{}, err
		}
		st, records, unlock, err := p.locked(ctx, "reset", use{r.ID, exclusive}, use{r.ParentID, shared})
		if err != nil {
			return branch.Branch{}, err
		}
		target, parent := records[0], records[1]
		if target.ParentID != parent.ID {
			// A restore of the parent gave it another one meanwhile.
			unlock()
			continue
		}
		defer unlock()
		if err := target.resettable(); err != nil {
			return branch.Branch{}, err
		}
		return p.replace(ctx, st, replacement{op: "reset", target: target, source: parent})
	}
}

func (r *record) resettable() error {
	if r.ParentID == "" || r.Detached {
		return fail("reset", r.Name, branch.ErrRoot, "it has no parent; restore it to a point of its history instead")
	}
	return r.unprotected("reset")
}

func (r *record) unprotected(op string) error {
	if r.Protected {
		return fail(op, r.Name, branch.ErrProtected, "take its protection away first")
	}
	return nil
}
