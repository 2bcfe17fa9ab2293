package localneon

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/neonapi"
)

func newEndpoint(pr *project, branch string, in neonapi.NewEndpoint, source string) *neonapi.Endpoint {
	t := now()
	e := &neonapi.Endpoint{
		ID: "ep-" + localbranch.NewName(), ProjectID: pr.ID, BranchID: branch, RegionID: pr.Region, Type: in.Type,
		MinCU: in.MinCU, MaxCU: in.MaxCU, SuspendTimeout: in.SuspendTimeout, CurrentState: neonapi.EndpointIdle,
		PoolerMode: "transaction", CreationSource: source, CreatedAt: t, UpdatedAt: t, Provisioner: "k8s-neonvm",
	}
	if d := pr.Defaults; d != nil {
		e.MinCU, e.MaxCU = cmp.Or(e.MinCU, d.MinCU), cmp.Or(e.MaxCU, d.MaxCU)
		e.SuspendTimeout = cmp.Or(e.SuspendTimeout, d.SuspendTimeout)
	}
	e.MinCU = cmp.Or(e.MinCU, 0.25)
	e.MaxCU = max(cmp.Or(e.MaxCU, 2), e.MinCU)
	return e
}

// checkEndpoints checks the computes of a new branch.
func checkEndpoints(list []neonapi.NewEndpoint) error {
	writers := 0
	for i := range list {
		e := &list[i]
		if e.Type = cmp.Or(e.Type, neonapi.ReadWrite); e.Type == neonapi.ReadWrite {
			writers++
		}
		if err := checkEndpoint(e.Type, e.MinCU, e.MaxCU, e.SuspendTimeout); err != nil {
			return err
		}
	}
	if writers > 1 {
		return refused("a branch has at most one read-write endpoint")
	}
	return nil
}

func checkEndpoint(kind string, minCU, maxCU float64, suspend int64) error {
	const most = 56
	switch {
	case kind != neonapi.ReadWrite && kind != neonapi.ReadOnly:
		return badRequest("type must be read_write or read_only")
	case minCU != 0 && (minCU < 0.25 || minCU > most) || maxCU != 0 && (maxCU < 0.25 || maxCU > most):
		return badRequest("a compute has 0.25 to %d CU", most)
	case minCU != 0 && maxCU != 0 && minCU > maxCU:
		return badRequest("autoscaling_limit_min_cu is greater than autoscaling_limit_max_cu")
	case suspend < -1 || suspend > 604800 || suspend > 0 && suspend < 60:
		return badRequest("suspend_timeout_seconds must be -1, 0, or from 60 to 604800")
	}
	return nil
}

// wireEndpoints are the computes of a branch as the API tells them.
func (s *Server) wireEndpoints(v *branchView) []neonapi.Endpoint {
	list := make([]neonapi.Endpoint, len(v.meta.Endpoints))
	for i, stored := range v.meta.Endpoints {
		e := *stored
		a := s.cfg.Router(e, v.Port)
		e.Host, e.ProxyHost = a.Host, hostName(a.Host)
		switch {
		case v.busy:
			e.CurrentState, e.PendingState = neonapi.EndpointInit, neonapi.EndpointActive
		case !v.Running:
			e.CurrentState = neonapi.EndpointIdle
		case e.Type == neonapi.ReadWrite && !e.Disabled:
			e.CurrentState = neonapi.EndpointActive
		}
		list[i] = e
	}
	return list
}

// listEndpoints lists those of the branch, or of the project.
func (s *Server) listEndpoints(req *request) (*reply, error) {
	list := []neonapi.Endpoint{}
	if req.branch != nil {
		return ok(map[string]any{"endpoints": append(list, s.wireEndpoints(req.branch)...)})
	}
	views, err := s.views(req.Context(), req.project, req.p)
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		list = append(list, s.wireEndpoints(v)...)
	}
	return ok(map[string]any{"endpoints": list})
}

// findEndpoint returns the compute of the path and its branch.
func (s *Server) findEndpoint(req *request, id string) (*branchView, neonapi.Endpoint, error) {
	views, err := s.views(req.Context(), req.project, req.p)
	if err != nil {
		return nil, neonapi.Endpoint{}, err
	}
	for _, v := range views {
		for _, e := range s.wireEndpoints(v) {
			if e.ID == id {
				return v, e, nil
			}
		}
	}
	return nil, neonapi.Endpoint{}, notFound("endpoint not found")
}

func (s *Server) getEndpoint(req *request) (*reply, error) {
	_, e, err := s.findEndpoint(req, req.PathValue("endpoint"))
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"endpoint": e})
}

func (s *Server) endpointChanged(req *request, status int, id string, ops []neonapi.Operation) (*reply, error) {
	_, e, err := s.findEndpoint(req, id)
	if err != nil {
		return nil, err
	}
	return &reply{status, neonapi.EndpointChange{Endpoint: e, Operations: append([]neonapi.Operation{}, ops...)}}, nil
}

func (s *Server) createEndpoint(req *request) (*reply, error) {
	var in struct {
		Endpoint struct {
			neonapi.CreateEndpoint
			Disabled bool `json:"disabled"`
		} `json:"endpoint"`
	}
	if err := req.read(&in); err != nil {
		return nil, err
	}
	want := neonapi.NewEndpoint{Type: cmp.Or(in.Endpoint.Type, neonapi.ReadWrite), MinCU: in.Endpoint.MinCU, MaxCU: in.Endpoint.MaxCU,
		SuspendTimeout: in.Endpoint.SuspendTimeout}
	if err := checkEndpoint(want.Type, want.MinCU, want.MaxCU, want.SuspendTimeout); err != nil {
		return nil, err
	}
	v, err := s.findBranch(req, in.Endpoint.BranchID)
	if err != nil {
		return nil, err
	}
	release, err := s.claim(v.ID)
	if err != nil {
		return nil, err
	}
	defer release()
	e := newEndpoint(req.project, v.ID, want, source(req.Request))
	e.Name, e.Disabled = in.Endpoint.Name, in.Endpoint.Disabled
	taken := false
	err = s.edit(req.project, v.ID, func(m *branchMeta) {
		taken = e.Type == neonapi.ReadWrite && slices.ContainsFunc(m.Endpoints, func(o *neonapi.Endpoint) bool { return o.Type == neonapi.ReadWrite })
		if !taken {
			m.Endpoints = append(m.Endpoints, e)
		}
	})
	switch {
	case err != nil:
		return nil, err
	case taken:
		return nil, conflict("read-write endpoint already exists")
	}
	if !e.Disabled {
		if err := s.wake(req, v.ID, e.ID); err != nil {
			return nil, err
		}
	}
	release()
	ops, err := s.done(req.project, v.ID, e.ID, "create_compute", "start_compute")
	if err != nil {
		return nil, err
	}
	return s.endpointChanged(req, http.StatusCreated, e.ID, ops)
}

func (s *Server) deleteEndpoint(req *request) (*reply, error) {
	v, e, err := s.findEndpoint(req, req.PathValue("endpoint"))
	if err != nil && asAPIError(err).Status == http.StatusNotFound {
		return nothing()
	}
	if err != nil {
		return nil, err
	}
	release, err := s.claim(v.ID)
	if err != nil {
		return nil, err
	}
	defer release()
	if e.Type == neonapi.ReadWrite || len(v.meta.Endpoints) == 1 {
		if err := req.p.Suspend(req.Context(), v.ID); err != nil {
			return nil, err
		}
	}
	err = s.edit(req.project, v.ID, func(m *branchMeta) {
		m.Endpoints = slices.DeleteFunc(m.Endpoints, func(o *neonapi.Endpoint) bool { return o.ID == e.ID })
	})
	if err != nil {
		return nil, err
	}
	e.CurrentState = neonapi.EndpointIdle
	ops, err := s.done(req.project, v.ID, e.ID, "suspend_compute")
	if err != nil {
		return nil, err
	}
	return ok(neonapi.EndpointChange{Endpoint: e, Operations: ops})
}
