package localneon

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"

	"github.com/espalier-go/espalier/branch/localbranch"
)

// maxRequest bounds a request's body.
const maxRequest = 1 << 20

// request is a call of one endpoint of the API.
type request struct {
	*http.Request
	project *project
	p       *localbranch.Provider
	// branch is that of the path, nil where the path names none.
	branch *branchView
}

// reply is a status and what is written as JSON; nil writes no body.
type reply struct {
	status int
	body   any
}

func ok(body any) (*reply, error)      { return &reply{http.StatusOK, body}, nil }
func created(body any) (*reply, error) { return &reply{http.StatusCreated, body}, nil }
func nothing() (*reply, error)         { return &reply{status: http.StatusNoContent}, nil }

type handler func(*request) (*reply, error)

// Routes counts the operations of the API that the server carries out.
func (s *Server) Routes() int { return len(s.handlers()) }

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, h := range s.handlers() {
		mux.Handle(methodAndPath.ReplaceAllString(pattern, "$1 "+Prefix+"$2"), s.handle(h))
	}
	mux.Handle("/", s.handle(func(*request) (*reply, error) { return nil, notFound("this part of the API is not served locally") }))
	return mux
}

var methodAndPath = regexp.MustCompile(`^([A-Z]+) (/.*)$`)

func (s *Server) handlers() map[string]handler {
	return map[string]handler{
		"GET /users/me":               s.me,
		"GET /users/me/organizations": s.organizations,
		"GET /organizations/{org}":    s.organization,
		"GET /auth":                   s.auth,
		"GET /regions":                s.regions,

		"GET /projects":              s.listProjects,
		"POST /projects":             s.createProject,
		"GET /projects/shared":       s.sharedProjects,
		"GET /projects/{project}":    s.getProject,
		"PATCH /projects/{project}":  s.updateProject,
		"DELETE /projects/{project}": s.deleteProject,

		"GET /projects/{project}/operations":             s.listOperations,
		"GET /projects/{project}/operations/{operation}": s.getOperation,
		"GET /projects/{project}/connection_uri":         s.connectionURI,

		"GET /projects/{project}/branches":                           s.listBranches,
		"POST /projects/{project}/branches":                          s.createBranch,
		"GET /projects/{project}/branches/count":                     s.countBranches,
		"GET /projects/{project}/branches/{branch}":                  s.getBranch,
		"PATCH /projects/{project}/branches/{branch}":                s.updateBranch,
		"DELETE /projects/{project}/branches/{branch}":               s.deleteBranch,
		"POST /projects/{project}/branches/{branch}/restore":         s.restoreBranch,
		"POST /projects/{project}/branches/{branch}/set_as_default":  s.setDefault,
		"GET /projects/{project}/branches/{branch}/schema":           s.schema,
		"GET /projects/{project}/branches/{branch}/compare_schema":   s.compareSchema,
		"GET /projects/{project}/branches/{branch}/endpoints":        s.listEndpoints,
		"GET /projects/{project}/branches/{branch}/databases":        s.listDatabases,
		"POST /projects/{project}/branches/{branch}/databases":       s.createDatabase,
		"GET /projects/{project}/branches/{branch}/databases/{db}":   s.getDatabase,
		"PATCH /projects/{project}/branches/{branch}/databases/{db}": s.updateDatabase,

		"DELETE /projects/{project}/branches/{branch}/databases/{db}":            s.deleteDatabase,
		"GET /projects/{project}/branches/{branch}/roles":                        s.listRoles,
		"POST /projects/{project}/branches/{branch}/roles":                       s.createRole,
		"GET /projects/{project}/branches/{branch}/roles/{role}":                 s.getRole,
		"DELETE /projects/{project}/branches/{branch}/roles/{role}":              s.deleteRole,
		"GET /projects/{project}/branches/{branch}/roles/{role}/reveal_password": s.revealPassword,
		"POST /projects/{project}/branches/{branch}/roles/{role}/reset_password": s.resetPassword,
		"POST /projects/{project}/branches/{branch}/snapshot":                    s.createSnapshot,
		"GET /projects/{project}/snapshots":                                      s.listSnapshots,
		"PATCH /projects/{project}/snapshots/{snapshot}":                         s.updateSnapshot,
		"DELETE /projects/{project}/snapshots/{snapshot}":                        s.deleteSnapshot,
		"POST /projects/{project}/snapshots/{snapshot}/restore":                  s.restoreSnapshot,
		"GET /projects/{project}/endpoints":                                      s.listEndpoints,
		"POST /projects/{project}/endpoints":                                     s.createEndpoint,
		"GET /projects/{project}/endpoints/{endpoint}":                           s.getEndpoint,
		"PATCH /projects/{project}/endpoints/{endpoint}":                         s.updateEndpoint,
		"DELETE /projects/{project}/endpoints/{endpoint}":                        s.deleteEndpoint,
		"POST /projects/{project}/endpoints/{endpoint}/start":                    s.startEndpoint,
		"POST /projects/{project}/endpoints/{endpoint}/suspend":                  s.suspendEndpoint,
		"POST /projects/{project}/endpoints/{endpoint}/restart":                  s.restartEndpoint,
	}
}

// handle finds the project and the branch of the path.
func (s *Server) handle(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := w.Header().Get("X-Neon-Ret-Request-Id")
		req := &request{Request: r}
		res, err := s.resolve(req)
		if err == nil && res == nil {
			r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
			res, err = h(req)
		}
		if err != nil {
			e := asAPIError(err)
			if e.Status >= 500 {
				s.cfg.Log.Error("a request failed", "method", r.Method, "path", r.URL.Path, "request", id, "err", err)
			}
			writeError(w, id, e)
			return
		}
		write(w, res.status, res.body)
	})
}

var idForm = regexp.MustCompile(`^[a-z0-9-]{1,60}$`)

func (s *Server) resolve(req *request) (*reply, error) {
	id := req.PathValue("project")
	if id == "" {
		return nil, nil
	}
	var err error
	if req.project, req.p, err = s.findProject(req.Context(), id); err != nil {
		return nil, err
	}
	name := req.PathValue("branch")
	if name == "" {
		return nil, nil
	}
	req.branch, err = s.findBranch(req, name)
	if e := (*apiError)(nil); errors.As(err, &e) && e.Status == http.StatusNotFound && req.Method == http.MethodDelete &&
		req.PathValue("db") == "" && req.PathValue("role") == "" {
		return nothing()
	}
	return nil, err
}

// read decodes the body. None is the same as {}.
func (r *request) read(into any) error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return &apiError{Status: http.StatusRequestEntityTooLarge, Message: "the request is too large"}
	}
	if len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return badRequest("the request body is not the JSON that was expected: %v", err)
	}
	return nil
}

func write(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	data, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(data)
}
