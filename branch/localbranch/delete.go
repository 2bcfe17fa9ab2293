package localbranch

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
)

// Delete implements branch.Provider. When it returns, the branch's server, port
// and files are gone.
func (p *Provider) Delete(ctx context.Context, name string) error {
	return fail("delete", name, p.delete(ctx, name, func(*record) error { return nil }), "")
}

// delete drops a branch that passes the check, too.
func (p *Provider) delete(ctx context.Context, name string, check func(*record) error) error {
	st, records, unlock, err := p.locked(ctx, "delete", use{name, exclusive})
	if err != nil {
		return err
	}
	defer unlock()
	r := records[0]
	if err := errors.Join(st.deletable(r), check(r)); err != nil {
		return err
	}
	if err := pglocal.Stop(ctx, p.clusterDir(r.Cluster)); err != nil {
		return err
	}
	p.hook("delete:stopped")
	err = p.update(ctx, func(st *state) error {
		if err := st.deletable(r); err != nil {
			return err
		}
		st.remove(r.ID)
		return nil
	})
	if err != nil {
		return err
	}
	p.hook("delete:removed")
	p.discard(context.WithoutCancel(ctx), r.Cluster)
	os.Remove(p.lockPath(r.ID))
	return nil
}

func (st *state) deletable(r *record) error {
	switch {
	case r.ParentID == "":
		return fail("delete", r.Name, branch.ErrRoot, "all other branches come from it; restore it to a point of its history instead")
	case r.Default:
		return fail("delete", r.Name, branch.ErrProtected, "it is the default branch")
	case len(st.children(r.ID)) > 0:
		return fail("delete", r.Name, branch.ErrHasChildren, "delete its children first: "+names(st.children(r.ID)))
	}
	return r.unprotected("delete")
}

func names(records []*record) string {
	s := ""
	for i, r := range records {
		if i > 0 {
			s += ", "
		}
		s += r.Name
	}
	return s
}

// Prune deletes the expired branches that have no children and are not
// protected, and returns them.
func (p *Provider) Prune(ctx context.Context) ([]branch.Branch, error) {
	st, err := p.read()
	if err != nil {
		return nil, err
	}
	errKeep := errors.New("not expired any more")
	deleted := []branch.Branch{}
	for _, r := range st.Branches {
		if !r.Expired(time.Now()) || r.State == branch.Creating || st.deletable(r) != nil {
			continue
		}
		err := p.delete(ctx, r.ID, func(r *record) error {
			if !r.Expired(time.Now()) {
				return errKeep
			}
			return nil
		})
		switch {
		case err == nil:
			deleted = append(deleted, r.Branch)
		case errors.Is(err, errKeep), errors.Is(err, branch.ErrNotFound), errors.Is(err, branch.ErrHasChildren), errors.Is(err, branch.ErrProtected):
			// Someone else changed it meanwhile.
		default:
			return deleted, fail("delete", r.Name, err, "")
		}
	}
	return deleted, nil
}
