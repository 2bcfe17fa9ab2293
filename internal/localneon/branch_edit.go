package localneon

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/neonapi"
)

// change is the answer to what changes a branch.
func (s *Server) branchChanged(req *request, ops ...neonapi.Operation) (*reply, error) {
	v, err := s.findBranch(req, req.branch.ID)
	if err != nil {
		return nil, err
	}
	return ok(neonapi.BranchChange{Branch: v.wire(req.project), Operations: append([]neonapi.Operation{}, ops...)})
}

func (s *Server) updateBranch(req *request) (*reply, error) {
	var in struct {
		Branch struct {
			Name      *string         `json:"name"`
			Protected *bool           `json:"protected"`
			ExpiresAt json.RawMessage `json:"expires_at"`
		} `json:"branch"`
	}
	if err := req.read(&in); err != nil {
		return nil, err
	}
	var expires *time.Time
	if len(in.Branch.ExpiresAt) > 0 {
		expires = new(time.Time)
		// A null leaves the zero time: the expiry goes away.
		if err := json.Unmarshal(in.Branch.ExpiresAt, expires); err != nil {
			return nil, badRequest("expires_at is neither a time nor null")
		}
	}
	release, err := s.claim(req.branch.ID)
	if err != nil {
		return nil, err
	}
	defer release()
	ctx, id := req.Context(), req.branch.ID
	// What may be refused comes first, so that nothing is half done.
	if in.Branch.Name != nil && branch.CheckName(*in.Branch.Name) != nil {
		return nil, branch.CheckName(*in.Branch.Name)
	}
	if in.Branch.Protected != nil && !*in.Branch.Protected {
		if _, err := req.p.SetProtected(ctx, id, false); err != nil {
			return nil, err
		}
	}
	if expires != nil {
		if _, err := req.p.SetExpiration(ctx, id, *expires); err != nil {
			return nil, err
		}
	}
	if in.Branch.Protected != nil && *in.Branch.Protected {
		if _, err := req.p.SetProtected(ctx, id, true); err != nil {
			return nil, err
		}
	}
	if in.Branch.Name != nil {
		if _, err := req.p.Rename(ctx, id, *in.Branch.Name); err != nil {
			return nil, err
		}
	}
	err = s.edit(req.project, id, func(m *branchMeta) {
		if expires != nil {
			m.TTL = ttl(*expires)
		}
	})
	if err != nil {
		return nil, err
	}
	release()
	return s.branchChanged(req)
}

func (s *Server) setDefault(req *request) (*reply, error) {
	if _, err := req.p.SetDefault(req.Context(), req.branch.ID); err != nil {
		return nil, err
	}
	return s.branchChanged(req)
}

func (s *Server) deleteBranch(req *request) (*reply, error) {
	release, err := s.claim(req.branch.ID)
	if err != nil {
		return nil, err
	}
	defer release()
	err = req.p.Delete(req.Context(), req.branch.ID)
	if errors.Is(err, branch.ErrNotFound) {
		return nothing()
	}
	if err != nil {
		return nil, err
	}
	ops := []neonapi.Operation{}
	for _, e := range req.branch.meta.Endpoints {
		ops = append(ops, newOperation(req.project, req.branch.ID, e.ID, "suspend_compute"))
	}
	ops = append(ops, newOperation(req.project, req.branch.ID, "", "delete_timeline"))
	finish(ops)
	err = s.change(func() {
		s.changes++
		delete(req.project.Branches, req.branch.ID)
		req.project.remember(ops...)
	})
	if err != nil {
		return nil, err
	}
	return ok(neonapi.BranchChange{Branch: req.branch.wire(req.project), Operations: ops})
}
