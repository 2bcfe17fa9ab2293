package localbranch

import (
	"context"
	"fmt"

	"github.com/espalier-go/espalier/branch"
)

// Restore implements branch.Provider. The branch stays online until the older
// state is ready to take its place. Its history begins anew; that of the old
// state stays with the branch PreserveAs names.
func (p *Provider) Restore(ctx context.Context, name string, opts branch.RestoreOptions) (branch.Branch, error) {
	b, err := p.restore(ctx, name, opts)
	if err != nil {
		return branch.Branch{}, fail("restore", name, err, "")
	}
	return b, nil
}

func (p *Provider) restore(ctx context.Context, name string, opts branch.RestoreOptions) (branch.Branch, error) {
	if opts.PreserveAs != "" {
		if err := branch.CheckName(opts.PreserveAs); err != nil {
			return branch.Branch{}, err
		}
	}
	if err := opts.At.Check(); err != nil {
		return branch.Branch{}, err
	}
	uses, err := p.restoreUses(name, opts)
	if err != nil {
		return branch.Branch{}, err
	}
	st, records, unlock, err := p.locked(ctx, "restore", uses...)
	if err != nil {
		return branch.Branch{}, err
	}
	defer unlock()
	target, source := records[0], records[len(records)-1]
	if err := target.unprotected("restore"); err != nil {
		return branch.Branch{}, err
	}
	if opts.PreserveAs == "" && st.hasReadyChildren(target.ID) {
		return branch.Branch{}, fail("restore", target.Name, branch.ErrHasChildren,
			"name a branch that keeps the old state and takes the children")
	}
	return p.replace(ctx, st, replacement{op: "restore", target: target, source: source, at: opts.At, preserveAs: opts.PreserveAs})
}

// restoreUses names the target, and the source where that is another branch.
func (p *Provider) restoreUses(name string, opts branch.RestoreOptions) ([]use, error) {
	st, err := p.read()
	if err != nil {
		return nil, err
	}
	target, err := st.get("restore", name)
	if err != nil {
		return nil, err
	}
	source := target
	if opts.Source != "" {
		if source, err = st.get("restore from", opts.Source); err != nil {
			return nil, err
		}
	}
	if source != target {
		return []use{{target.ID, exclusive}, {source.ID, shared}}, nil
	}
	if opts.At.IsHead() {
		return nil, fail("restore", target.Name, fmt.Errorf("%w: a restore from itself needs a time or an LSN", branch.ErrInvalidPoint),
			"name a point of its history, or another branch as the source")
	}
	return []use{{target.ID, exclusive}}, nil
}

// hasReadyChildren leaves out the children that have no data of the branch yet.
func (st *state) hasReadyChildren(id string) bool {
	for _, child := range st.children(id) {
		if child.State != branch.Creating {
			return true
		}
	}
	return false
}
