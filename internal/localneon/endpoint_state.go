package localneon

import (
	"net"
	"net/http"

	"github.com/espalier-go/espalier/internal/neonapi"
)

// wake starts a branch's Postgres for one of its computes.
func (s *Server) wake(req *request, branchID, endpointID string) error {
	if _, err := req.p.Endpoint(req.Context(), branchID); err != nil {
		return err
	}
	return s.edit(req.project, branchID, func(m *branchMeta) {
		for _, e := range m.Endpoints {
			if e.ID == endpointID {
				e.CurrentState, e.StartedAt, e.LastActive = neonapi.EndpointActive, now(), now()
			}
		}
	})
}

// touchEndpoints notes that all computes of a branch were started or stopped.
func (s *Server) touchEndpoints(pr *project, branchID string, started bool) error {
	return s.edit(pr, branchID, func(m *branchMeta) {
		for _, e := range m.Endpoints {
			if started {
				e.CurrentState, e.StartedAt, e.LastActive = neonapi.EndpointActive, now(), now()
			} else {
				e.CurrentState, e.SuspendedAt = neonapi.EndpointIdle, now()
			}
		}
	})
}

func (s *Server) startEndpoint(req *request) (*reply, error)   { return s.power(req, false, true) }
func (s *Server) suspendEndpoint(req *request) (*reply, error) { return s.power(req, true, false) }
func (s *Server) restartEndpoint(req *request) (*reply, error) { return s.power(req, true, true) }

// power stops a compute, starts it, or both.
func (s *Server) power(req *request, off, on bool) (*reply, error) {
	v, e, err := s.findEndpoint(req, req.PathValue("endpoint"))
	if err != nil {
		return nil, err
	}
	if on && e.Disabled {
		return nil, refused("endpoint is disabled")
	}
	release, err := s.claim(v.ID)
	if err != nil {
		return nil, err
	}
	defer release()
	var actions []string
	if off {
		actions = append(actions, "suspend_compute")
		if err := s.sleepEndpoint(req, v, e); err != nil {
			return nil, err
		}
	}
	if on {
		actions = append(actions, "start_compute")
		if err := s.wake(req, v.ID, e.ID); err != nil {
			return nil, err
		}
	}
	release()
	ops, err := s.done(req.project, v.ID, e.ID, actions...)
	if err != nil {
		return nil, err
	}
	return s.endpointChanged(req, http.StatusOK, e.ID, ops)
}

// sleepEndpoint stops the Postgres of a branch, or, for a read-only compute,
// which shares it, notes that this one is idle.
func (s *Server) sleepEndpoint(req *request, v *branchView, e neonapi.Endpoint) error {
	if e.Type == neonapi.ReadWrite {
		if err := req.p.Suspend(req.Context(), v.ID); err != nil {
			return err
		}
	}
	return s.edit(req.project, v.ID, func(m *branchMeta) {
		for _, stored := range m.Endpoints {
			if stored.ID == e.ID {
				stored.CurrentState, stored.SuspendedAt = neonapi.EndpointIdle, now()
			}
		}
	})
}

func (s *Server) updateEndpoint(req *request) (*reply, error) {
	var in struct {
		Endpoint struct {
			BranchID *string                   `json:"branch_id"`
			MinCU    *float64                  `json:"autoscaling_limit_min_cu"`
			MaxCU    *float64                  `json:"autoscaling_limit_max_cu"`
			Suspend  *int64                    `json:"suspend_timeout_seconds"`
			Disabled *bool                     `json:"disabled"`
			Name     *string                   `json:"name"`
			Settings *neonapi.EndpointSettings `json:"settings"`
		} `json:"endpoint"`
	}
	if err := req.read(&in); err != nil {
		return nil, err
	}
	v, e, err := s.findEndpoint(req, req.PathValue("endpoint"))
	if err != nil {
		return nil, err
	}
	change := in.Endpoint
	if change.BranchID != nil && *change.BranchID != v.ID {
		return nil, refused("an endpoint can't move to another branch locally")
	}
	set(&e.MinCU, change.MinCU)
	set(&e.MaxCU, change.MaxCU)
	set(&e.SuspendTimeout, change.Suspend)
	set(&e.Disabled, change.Disabled)
	set(&e.Name, change.Name)
	set(&e.Settings, change.Settings)
	if err := checkEndpoint(e.Type, e.MinCU, e.MaxCU, e.SuspendTimeout); err != nil {
		return nil, err
	}
	release, err := s.claim(v.ID)
	if err != nil {
		return nil, err
	}
	defer release()
	e.UpdatedAt = now()
	err = s.edit(req.project, v.ID, func(m *branchMeta) {
		for i, stored := range m.Endpoints {
			if stored.ID == e.ID {
				m.Endpoints[i] = &e
			}
		}
	})
	if err != nil {
		return nil, err
	}
	if e.Disabled {
		if err := s.sleepEndpoint(req, v, e); err != nil {
			return nil, err
		}
	}
	release()
	ops, err := s.done(req.project, v.ID, e.ID, "apply_config")
	if err != nil {
		return nil, err
	}
	return s.endpointChanged(req, http.StatusOK, e.ID, ops)
}

func set[T any](into *T, from *T) {
	if from != nil {
		*into = *from
	}
}

func hostName(hostPort string) string {
	if host, _, err := net.SplitHostPort(hostPort); err == nil {
		return host
	}
	return hostPort
}
