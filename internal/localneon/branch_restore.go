package localneon

import (
	"context"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/neonapi"
)

func (s *Server) restoreBranch(req *request) (*reply, error) {
	var in struct {
		SourceID   string     `json:"source_branch_id"`
		LSN        string     `json:"source_lsn"`
		Time       *time.Time `json:"source_timestamp"`
		PreserveAs string     `json:"preserve_under_name"`
	}
	if err := req.read(&in); err != nil {
		return nil, err
	}
	opts := branch.RestoreOptions{Source: in.SourceID, At: branch.Point{LSN: in.LSN}, PreserveAs: in.PreserveAs}
	if in.Time != nil {
		opts.At.Time = *in.Time
	}
	source, err := s.checkRestore(req, opts)
	if err != nil {
		return nil, err
	}
	return s.restore(req, source, opts, func(m *branchMeta) {
		if source.ID == req.branch.ParentID {
			m.LastReset = now()
		}
	})
}

// checkRestore refuses what a restore can't do before anything is begun.
func (s *Server) checkRestore(req *request, opts branch.RestoreOptions) (*branchView, error) {
	views, err := s.views(req.Context(), req.project, req.p)
	if err != nil {
		return nil, err
	}
	source := find(views, opts.Source)
	switch {
	case source == nil:
		return nil, notFound("source branch not found")
	case req.branch.Protected:
		return nil, refused("%v", branch.ErrProtected)
	case source.ID == req.branch.ID && opts.At.IsHead():
		return nil, badRequest("a restore from the branch itself needs source_timestamp or source_lsn")
	case source.State == branch.Creating || source.busy:
		return nil, errBusy
	}
	for _, v := range views {
		if opts.PreserveAs == "" && v.ParentID == req.branch.ID {
			return nil, refused("%v: preserve_under_name is required", branch.ErrHasChildren)
		}
		if opts.PreserveAs != "" && v.Name == opts.PreserveAs {
			return nil, conflict("branch already exists")
		}
	}
	if opts.PreserveAs != "" {
		if err := branch.CheckName(opts.PreserveAs); err != nil {
			return nil, err
		}
	}
	return source, req.p.CheckPoint(req.Context(), source.ID, opts.At)
}

// restore begins a restore that was checked. changed notes on the branch what
// came of it.
func (s *Server) restore(req *request, source *branchView, opts branch.RestoreOptions, changed func(*branchMeta)) (*reply, error) {
	release, err := s.claim(req.branch.ID)
	if err != nil {
		return nil, err
	}
	pr, id := req.project, req.branch.ID
	ops := []neonapi.Operation{newOperation(pr, id, "", "create_branch")}
	for _, e := range req.branch.meta.Endpoints {
		ops = append(ops, newOperation(pr, id, e.ID, "start_compute"))
	}
	err = s.change(func() {
		pr.remember(ops...)
		if opts.PreserveAs != "" {
			s.preserving[pr.ID+"/"+opts.PreserveAs] = true
		}
	})
	if err != nil {
		release()
		return nil, err
	}
	s.background(func(ctx context.Context) {
		defer release()
		err := s.runRestore(ctx, req, source, opts, changed)
		s.finishOperations(pr, ops, err)
	})
	v := *req.branch
	v.busy = true
	return ok(neonapi.BranchChange{Branch: v.wire(pr), Operations: ops})
}

func (s *Server) runRestore(ctx context.Context, req *request, source *branchView, opts branch.RestoreOptions, changed func(*branchMeta)) error {
	pr, id := req.project, req.branch.ID
	if opts.PreserveAs != "" {
		defer func() {
			// The next look at the branches gives the kept one its part of the state.
			_, _ = s.views(ctx, pr, req.p)
			s.mu.Lock()
			delete(s.preserving, pr.ID+"/"+opts.PreserveAs)
			s.mu.Unlock()
		}()
	}
	if _, err := req.p.Restore(ctx, id, opts); err != nil {
		return err
	}
	err := s.edit(pr, id, func(m *branchMeta) {
		// The branch's own passwords stay, so that its URLs do.
		for name, r := range cloneRoles(source.meta.Roles) {
			if m.Roles[name] == nil {
				m.Roles[name] = r
			}
		}
		changed(m)
	})
	if err != nil {
		return err
	}
	if err := s.applyPasswords(ctx, req, id); err != nil {
		return err
	}
	if len(req.branch.meta.Endpoints) == 0 {
		return req.p.Suspend(ctx, id)
	}
	return s.touchEndpoints(pr, id, true)
}
