package localneon

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/neonapi"
)

// branchView is all that is known of a branch at one moment.
type branchView struct {
	localbranch.BranchStatus
	meta branchMeta
	busy bool
}

// views returns the branches of a project, snapshots among them.
func (s *Server) views(ctx context.Context, pr *project, p *localbranch.Provider) ([]*branchView, error) {
	for {
		s.mu.Lock()
		before := s.changes
		known := make(map[string]bool, len(pr.Branches))
		for id := range pr.Branches {
			known[id] = true
		}
		s.mu.Unlock()
		overview, err := p.Overview(ctx)
		if err != nil {
			return nil, err
		}
		passwords := make(map[string]string)
		for _, b := range overview.Branches {
			if known[b.ID] {
				continue
			}
			if passwords[b.ID], err = p.Password(ctx, b.ID); err != nil && !errors.Is(err, branch.ErrNotFound) {
				return nil, err
			}
		}
		s.mu.Lock()
		if s.changes != before {
			// What was read may be older than what is known.
			s.mu.Unlock()
			continue
		}
		views, err := s.reconcileLocked(pr, overview, passwords)
		s.mu.Unlock()
		return views, err
	}
}

// reconcileLocked makes the state follow what other processes did to branches.
func (s *Server) reconcileLocked(pr *project, overview localbranch.Status, passwords map[string]string) ([]*branchView, error) {
	changed := false
	alive := make(map[string]bool)
	var views []*branchView
	for _, b := range overview.Branches {
		alive[b.ID] = true
		m := pr.Branches[b.ID]
		if m == nil {
			m = s.adoptLocked(pr, b.Branch, passwords[b.ID])
			changed = true
		}
		views = append(views, &branchView{BranchStatus: b, meta: m.clone(), busy: s.busy[b.ID]})
	}
	for id := range pr.Branches {
		if !alive[id] {
			delete(pr.Branches, id)
			changed = true
		}
	}
	if changed {
		return views, s.saveLocked()
	}
	return views, nil
}

// adoptLocked makes what the server must know of a branch that another process
// made: it gets a compute, and its parent's passwords.
func (s *Server) adoptLocked(pr *project, b branch.Branch, password string) *branchMeta {
	m := &branchMeta{Updated: b.CreatedAt, Source: "espalier", Roles: make(map[string]*roleMeta)}
	if parent := pr.Branches[b.ParentID]; parent != nil {
		m.Roles = cloneRoles(parent.Roles)
	}
	if password != "" {
		m.Roles[localbranch.Role] = &roleMeta{Password: password, Created: b.CreatedAt, Updated: b.CreatedAt}
	}
	if !s.preserving[pr.ID+"/"+b.Name] {
		m.Endpoints = []*neonapi.Endpoint{newEndpoint(pr, b.ID, neonapi.NewEndpoint{Type: neonapi.ReadWrite}, m.Source)}
	}
	pr.Branches[b.ID] = m
	return m
}

func (m *branchMeta) clone() branchMeta {
	c := *m
	c.Endpoints = make([]*neonapi.Endpoint, len(m.Endpoints))
	for i, e := range m.Endpoints {
		copied := *e
		c.Endpoints[i] = &copied
	}
	c.Roles, c.Annotations = cloneRoles(m.Roles), maps.Clone(m.Annotations)
	return c
}

func cloneRoles(roles map[string]*roleMeta) map[string]*roleMeta {
	c := make(map[string]*roleMeta, len(roles))
	for name, r := range roles {
		copied := *r
		c[name] = &copied
	}
	return c
}

// findBranch returns a branch by id. Snapshots are none.
func (s *Server) findBranch(req *request, id string) (*branchView, error) {
	views, err := s.views(req.Context(), req.project, req.p)
	if err != nil {
		return nil, err
	}
	if v := find(views, id); v != nil {
		return v, nil
	}
	return nil, notFound("branch not found")
}

func find(views []*branchView, id string) *branchView {
	i := slices.IndexFunc(views, func(v *branchView) bool { return v.ID == id && v.meta.Snapshot == nil })
	if i < 0 {
		return nil
	}
	return views[i]
}

// wire is the branch as the API tells it.
func (v *branchView) wire(pr *project) neonapi.Branch {
	b := neonapi.Branch{
		ID: v.ID, ProjectID: pr.ID, ParentID: v.ParentID, ParentLSN: v.ParentLSN, ParentTimestamp: v.ParentTime,
		Name: v.Name, CurrentState: "ready", StateChangedAt: v.CreatedAt, CreationSource: v.meta.Source,
		Primary: v.Default, Default: v.Default, Protected: v.Protected, CreatedAt: v.CreatedAt, UpdatedAt: v.meta.Updated,
		ExpiresAt: v.ExpiresAt, LastResetAt: v.meta.LastReset, InitSource: v.meta.InitSource, RestoredFrom: v.meta.Restored,
		CreatedBy: &neonapi.CreatedBy{Name: userName},
	}
	if b.ParentID == "" {
		b.ParentLSN, b.ParentTimestamp = "", neonapi.Branch{}.ParentTimestamp
	}
	if !v.ExpiresAt.IsZero() {
		b.TTLSeconds = v.meta.TTL
	}
	switch {
	case v.State == branch.Creating:
		b.CurrentState, b.PendingState = "init", "ready"
	case v.busy:
		b.CurrentState, b.PendingState = "resetting", "ready"
	}
	return b
}

// claim marks branches as busy until release is called, or answers 423.
func (s *Server) claim(ids ...string) (release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if s.busy[id] {
			return nil, errBusy
		}
	}
	for _, id := range ids {
		s.busy[id] = true
	}
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, id := range ids {
			delete(s.busy, id)
		}
	}), nil
}

// edit changes the branch's part of the state and saves it. What is changed of
// a branch that is gone meanwhile is lost with it.
func (s *Server) edit(pr *project, id string, change func(*branchMeta)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := pr.Branches[id]
	if m == nil {
		return &apiError{Status: http.StatusNotFound, Message: "branch not found"}
	}
	change(m)
	m.Updated = now()
	return s.saveLocked()
}
