package localbranch

import (
	"context"
	"errors"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
)

// replacement is a Reset or Restore. The new data is built beside the old
// and takes its place in one change of the state.
type replacement struct {
	op         string
	target     *record
	source     *record
	at         branch.Point
	preserveAs string
}

// replace runs it. The caller holds the target's lock exclusively and the
// source's, if it is another, at least shared.
func (p *Provider) replace(ctx context.Context, st *state, rep replacement) (branch.Branch, error) {
	next := newCluster()
	err := p.update(ctx, func(st *state) error {
		r := st.find(rep.target.ID)
		if rep.preserveAs != "" && st.taken(rep.preserveAs) {
			return fail(rep.op, rep.preserveAs, branch.ErrExists, "choose another name to keep the old state under")
		}
		r.Pending = &pending{Cluster: next, PreserveAs: rep.preserveAs}
		return nil
	})
	if err != nil {
		return branch.Branch{}, err
	}
	p.hook("replace:pending")
	b, err := p.swap(ctx, st, rep, next)
	if err != nil {
		p.giveUp(context.WithoutCancel(ctx), rep.target.ID, next)
	}
	return b, err
}

func (p *Provider) swap(ctx context.Context, st *state, rep replacement, next string) (b branch.Branch, err error) {
	old := rep.target.Cluster
	srv, from, err := p.build(ctx, st, rep.source, rep.at, next, st.freePort())
	if err != nil {
		return b, err
	}
	p.hook("replace:built")
	// The new server ran, so it will run again, on the branch's own port.
	if err := errors.Join(srv.Close(), pglocal.Stop(ctx, p.clusterDir(next))); err != nil {
		return b, err
	}
	if err := pglocal.Stop(ctx, p.clusterDir(old)); err != nil {
		return b, err
	}
	p.drop(old)
	p.hook("replace:stopped")
	var now *record
	err = p.update(ctx, func(st *state) error {
		now = st.find(rep.target.ID)
		if err := st.preserve(now, rep); err != nil {
			return err
		}
		now.Cluster, now.Pending = next, nil
		if rep.source.ID == now.ParentID {
			now.ParentLSN, now.ParentTime = from.LSN, from.Time
		}
		return nil
	})
	if err != nil {
		return b, err
	}
	p.hook("replace:swapped")
	if rep.preserveAs == "" {
		p.discard(context.WithoutCancel(ctx), old)
	}
	// From here on the branch is the new one, whether its server starts or not.
	b = now.Branch
	if _, err := p.wake(ctx, st, now); err != nil {
		return b, err
	}
	b.State = branch.Active
	p.keepHistoryLater(ctx, now)
	if rep.at.IsHead() {
		p.keepSpareLater(ctx, rep.source.ID)
	}
	return b, nil
}

// preserve keeps the old data as a branch of its own, which takes the children.
func (st *state) preserve(r *record, rep replacement) error {
	if rep.preserveAs == "" {
		return nil
	}
	kept := st.newRecord(rep.preserveAs, r)
	kept.State, kept.Cluster = branch.Ready, r.Cluster
	if r.ParentID != "" {
		kept.ParentID, kept.ParentLSN, kept.ParentTime = r.ParentID, r.ParentLSN, r.ParentTime
	} else {
		kept.ParentTime = time.Now().UTC()
	}
	// A branch that is still waiting for this one's lock becomes the child of
	// the new state.
	for _, child := range st.children(r.ID) {
		if child.State != branch.Creating {
			child.ParentID = kept.ID
		}
	}
	st.Branches = append(st.Branches, kept)
	return nil
}

// giveUp takes a replacement back that failed before the swap.
func (p *Provider) giveUp(ctx context.Context, id, next string) {
	swapped := false
	err := p.update(ctx, func(st *state) error {
		if r := st.find(id); r != nil {
			swapped = r.Cluster == next
			r.Pending = nil
		}
		return nil
	})
	if err != nil {
		p.log().Warn("take back an unfinished replacement", "branch", id, "err", err)
		return
	}
	if !swapped {
		p.discard(ctx, next)
	}
}
