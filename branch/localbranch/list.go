package localbranch

import (
	"cmp"
	"context"
	"slices"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
)

// List implements branch.Provider. It starts nothing.
func (p *Provider) List(ctx context.Context) ([]branch.Branch, error) {
	st, err := p.current(ctx)
	if err != nil {
		return nil, err
	}
	st.sort()
	list := make([]branch.Branch, len(st.Branches))
	for i, r := range st.Branches {
		list[i] = p.live(r)
	}
	return list, nil
}

// Get implements branch.Provider. It starts nothing.
func (p *Provider) Get(ctx context.Context, name string) (branch.Branch, error) {
	st, err := p.current(ctx)
	if err != nil {
		return branch.Branch{}, err
	}
	r, err := st.get("get", name)
	if err != nil {
		return branch.Branch{}, err
	}
	return p.live(r), nil
}

// live is the branch as it is now: Active while its server runs.
func (p *Provider) live(r *record) branch.Branch {
	b := r.Branch
	if r.Detached {
		b.ParentID = ""
	}
	if b.State == branch.Ready {
		if s, err := pglocal.Inspect(p.clusterDir(r.Cluster)); err == nil && s.Running {
			b.State = branch.Active
		}
	}
	return b
}

// sort puts the root first, then what was created earlier.
func (st *state) sort() {
	slices.SortStableFunc(st.Branches, func(a, b *record) int {
		if a.ParentID == "" || b.ParentID == "" {
			return cmp.Compare(a.ParentID, b.ParentID)
		}
		return a.CreatedAt.Compare(b.CreatedAt)
	})
}
