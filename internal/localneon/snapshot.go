package localneon

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/neonapi"
)

// A snapshot is a branch without a parent and without a compute.

func (s *Server) createSnapshot(req *request) (*reply, error) {
	query := req.URL.Query()
	at, err := pointOf(query.Get("lsn"), query.Get("timestamp"))
	if err != nil {
		return nil, err
	}
	snap := &neonapi.Snapshot{ID: "snap-" + localbranch.NewName(), SourceBranchID: req.branch.ID, CreatedAt: now(), Manual: true, LSN: at.LSN}
	snap.Name = cmp.Or(query.Get("name"), req.branch.Name+" "+snap.CreatedAt.Format(time.RFC3339))
	if !at.Time.IsZero() {
		snap.Timestamp = at.Time.UTC().Format(time.RFC3339Nano)
	}
	if text := query.Get("expires_at"); text != "" {
		if snap.ExpiresAt, err = time.Parse(time.RFC3339, text); err != nil || !snap.ExpiresAt.After(time.Now()) {
			return nil, badRequest("expires_at is not a time in the future")
		}
	}
	if req.branch.busy {
		return nil, errBusy
	}
	opts := branch.CreateOptions{Parent: req.branch.ID, At: at, ExpiresAt: snap.ExpiresAt}
	if err := s.hiddenBranch(req, req.branch, "snapshot/"+snap.ID, opts, snap); err != nil {
		return nil, err
	}
	ops, err := s.done(req.project, req.branch.ID, "", "create_timeline")
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"snapshot": snap, "operations": ops})
}

// hiddenBranch makes a branch that the API doesn't show as one.
func (s *Server) hiddenBranch(req *request, from *branchView, name string, opts branch.CreateOptions, snap *neonapi.Snapshot) error {
	if err := req.p.CheckPoint(req.Context(), from.ID, opts.At); err != nil {
		return err
	}
	b, finish, err := req.p.Begin(req.Context(), name, opts)
	if err != nil {
		return err
	}
	saved := s.change(func() {
		s.changes++
		req.project.Branches[b.ID] = &branchMeta{Updated: now(), Source: "console", Roles: cloneRoles(from.meta.Roles), Snapshot: snap}
	})
	ctx := context.WithoutCancel(req.Context())
	if _, err := finish(ctx); err != nil {
		return err
	}
	if saved != nil {
		return saved
	}
	if _, err := req.p.Detach(ctx, b.ID); err != nil {
		return err
	}
	return req.p.Suspend(ctx, b.ID)
}

func pointOf(lsn, timestamp string) (branch.Point, error) {
	at := branch.Point{LSN: lsn}
	if timestamp != "" {
		var err error
		if at.Time, err = time.Parse(time.RFC3339Nano, timestamp); err != nil {
			return at, badRequest("timestamp is not a time")
		}
	}
	return at, at.Check()
}

func (s *Server) listSnapshots(req *request) (*reply, error) {
	views, err := s.views(req.Context(), req.project, req.p)
	if err != nil {
		return nil, err
	}
	list := []neonapi.Snapshot{}
	for _, v := range views {
		if v.meta.Snapshot != nil && v.meta.Snapshot.ID != "" {
			list = append(list, *v.meta.Snapshot)
		}
	}
	return ok(map[string]any{"snapshots": list})
}

func (s *Server) findSnapshot(req *request) (*branchView, error) {
	views, err := s.views(req.Context(), req.project, req.p)
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		if v.meta.Snapshot != nil && v.meta.Snapshot.ID == req.PathValue("snapshot") {
			return v, nil
		}
	}
	return nil, notFound("snapshot not found")
}

func (s *Server) updateSnapshot(req *request) (*reply, error) {
	var in struct {
		Snapshot struct {
			Name *string `json:"name"`
		} `json:"snapshot"`
	}
	if err := req.read(&in); err != nil {
		return nil, err
	}
	v, err := s.findSnapshot(req)
	if err != nil {
		return nil, err
	}
	snap := *v.meta.Snapshot
	set(&snap.Name, in.Snapshot.Name)
	if snap.Name == "" {
		return nil, refused("a snapshot has a name")
	}
	if err := s.edit(req.project, v.ID, func(m *branchMeta) { m.Snapshot = &snap }); err != nil {
		return nil, err
	}
	return ok(map[string]any{"snapshot": snap})
}

func (s *Server) deleteSnapshot(req *request) (*reply, error) {
	v, err := s.findSnapshot(req)
	if err != nil {
		return nil, err
	}
	if err := req.p.Delete(req.Context(), v.ID); err != nil {
		return nil, err
	}
	ops, err := s.done(req.project, v.meta.Snapshot.SourceBranchID, "", "delete_timeline")
	if err != nil {
		return nil, err
	}
	return &reply{http.StatusAccepted, map[string]any{"operations": ops}}, nil
}

// restoreSnapshot makes a branch of a snapshot or, with finalize_restore, puts
// it in place of the target's state, and keeps that as a branch.
func (s *Server) restoreSnapshot(req *request) (*reply, error) {
	var in struct {
		Name     string `json:"name"`
		Target   string `json:"target_branch_id"`
		Finalize bool   `json:"finalize_restore"`
	}
	if err := req.read(&in); err != nil {
		return nil, err
	}
	in.Name = cmp.Or(in.Name, req.URL.Query().Get("name"))
	v, err := s.findSnapshot(req)
	if err != nil {
		return nil, err
	}
	if in.Finalize {
		if req.branch, err = s.findBranch(req, cmp.Or(in.Target, v.meta.Snapshot.SourceBranchID)); err != nil {
			return nil, err
		}
		old := cmp.Or(in.Name, req.branch.Name+"_old_"+now().Format("20060102150405"))
		return s.restore(req, v, branch.RestoreOptions{Source: v.ID, PreserveAs: old},
			func(m *branchMeta) { m.Restored = v.meta.Snapshot.ID })
	}
	name := cmp.Or(in.Name, v.meta.Snapshot.Name+"_restored")
	if err := s.hiddenBranch(req, v, name, branch.CreateOptions{Parent: v.ID}, nil); err != nil {
		return nil, err
	}
	b, err := req.p.Get(req.Context(), name)
	if err != nil {
		return nil, err
	}
	if err := s.edit(req.project, b.ID, func(m *branchMeta) { m.Restored = v.meta.Snapshot.ID }); err != nil {
		return nil, err
	}
	if req.branch, err = s.findBranch(req, b.ID); err != nil {
		return nil, err
	}
	ops, err := s.done(req.project, b.ID, "", "create_branch")
	if err != nil {
		return nil, err
	}
	return s.branchChanged(req, ops...)
}
