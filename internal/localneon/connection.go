package localneon

import (
	"slices"
	"strconv"

	"github.com/espalier-go/espalier/internal/neonapi"
)

// connection is how to connect to a compute, with the password.
func (s *Server) connection(v *branchView, e *neonapi.Endpoint, database, role, password string) neonapi.Connection {
	a := s.cfg.Router(*e, v.Port)
	return neonapi.Connection{URI: uri(a, false, database, role, password), Parameters: neonapi.ConnectionParameters{
		Database: database, Password: password, Role: role, Host: a.Host, PoolerHost: a.PoolerHost,
	}}
}

func (s *Server) connectionURI(req *request) (*reply, error) {
	query := req.URL.Query()
	database, role := query.Get("database_name"), query.Get("role_name")
	if database == "" || role == "" {
		return nil, badRequest("database_name and role_name are required")
	}
	pooled := false
	if text := query.Get("pooled"); text != "" {
		var err error
		if pooled, err = strconv.ParseBool(text); err != nil {
			return nil, badRequest("pooled must be true or false")
		}
	}
	v, e, err := s.computeFor(req, query.Get("branch_id"), query.Get("endpoint_id"))
	if err != nil {
		return nil, err
	}
	password, err := s.passwordOf(req, v, role)
	if err != nil {
		return nil, err
	}
	on := *req
	on.branch = v
	if _, err := s.findDatabase(&on, database); err != nil {
		return nil, err
	}
	return ok(map[string]string{"uri": uri(s.cfg.Router(e, v.Port), pooled, database, role, password)})
}

// computeFor is the named compute, or the one of the branch that reads and
// writes, or that of the default branch.
func (s *Server) computeFor(req *request, branchID, endpointID string) (*branchView, neonapi.Endpoint, error) {
	if endpointID != "" {
		v, e, err := s.findEndpoint(req, endpointID)
		if err == nil && branchID != "" && v.ID != branchID {
			err = notFound("endpoint not found on this branch")
		}
		return v, e, err
	}
	views, err := s.views(req.Context(), req.project, req.p)
	if err != nil {
		return nil, neonapi.Endpoint{}, err
	}
	i := slices.IndexFunc(views, func(v *branchView) bool {
		return v.meta.Snapshot == nil && (v.ID == branchID || branchID == "" && v.Default)
	})
	if i < 0 {
		return nil, neonapi.Endpoint{}, notFound("branch not found")
	}
	for _, e := range s.wireEndpoints(views[i]) {
		if e.Type == neonapi.ReadWrite {
			return views[i], e, nil
		}
	}
	return nil, neonapi.Endpoint{}, notFound("no read-write endpoint for the branch")
}
