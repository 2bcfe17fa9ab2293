package localneon

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/neonapi"
)

type createBranchBody struct {
	Branch struct {
		Name       string     `json:"name"`
		ParentID   string     `json:"parent_id"`
		LSN        string     `json:"parent_lsn"`
		Time       *time.Time `json:"parent_timestamp"`
		Protected  bool       `json:"protected"`
		Archived   bool       `json:"archived"`
		InitSource string     `json:"init_source"`
		ExpiresAt  *time.Time `json:"expires_at"`
	} `json:"branch"`
	Endpoints  []neonapi.NewEndpoint `json:"endpoints"`
	Annotation map[string]string     `json:"annotation_value"`
}

const schemaOnly = "schema-only"

func (s *Server) createBranch(req *request) (*reply, error) {
	var in createBranchBody
	if err := req.read(&in); err != nil {
		return nil, err
	}
	parent, opts, err := s.planBranch(req, &in)
	if err != nil {
		return nil, err
	}
	if err := req.p.CheckPoint(req.Context(), parent.ID, opts.At); err != nil {
		return nil, err
	}
	b, finish, err := req.p.Begin(req.Context(), in.Branch.Name, opts)
	if err != nil {
		return nil, err
	}
	release, err := s.claim(b.ID)
	if err != nil {
		return nil, err
	}
	m := &branchMeta{Updated: now(), Source: source(req.Request), InitSource: in.Branch.InitSource, TTL: ttl(opts.ExpiresAt),
		Annotations: in.Annotation, Roles: cloneRoles(parent.meta.Roles)}
	for _, e := range in.Endpoints {
		m.Endpoints = append(m.Endpoints, newEndpoint(req.project, b.ID, e, m.Source))
	}
	ops := []neonapi.Operation{newOperation(req.project, b.ID, "", "create_branch")}
	for _, e := range m.Endpoints {
		ops = append(ops, newOperation(req.project, b.ID, e.ID, "start_compute"))
	}
	err = s.change(func() {
		s.changes++
		req.project.Branches[b.ID] = m
		req.project.remember(ops...)
	})
	view := &branchView{meta: m.clone(), busy: true}
	view.BranchStatus = b
	build := func(ctx context.Context) {
		defer release()
		err := s.buildBranch(ctx, req, &in, opts, b.ID, finish)
		s.finishOperations(req.project, ops, err)
	}
	s.background(build)
	if err != nil {
		return nil, err
	}
	roles, databases, err := s.inherited(req, parent, b.ID)
	if err != nil {
		return nil, err
	}
	view.State = branch.Creating
	out := neonapi.CreatedBranch{Branch: view.wire(req.project), Endpoints: s.wireEndpoints(view), Operations: ops, Roles: roles, Databases: databases}
	if len(roles) == 1 && len(databases) == 1 && len(m.Endpoints) > 0 {
		if r := m.Roles[roles[0].Name]; r != nil && r.Password != "" {
			out.Connections = []neonapi.Connection{s.connection(view, m.Endpoints[0], databases[0].Name, roles[0].Name, r.Password)}
		}
	}
	return created(out)
}

// planBranch checks a request against the rules and fills in what it leaves out.
func (s *Server) planBranch(req *request, in *createBranchBody) (*branchView, branch.CreateOptions, error) {
	var opts branch.CreateOptions
	views, err := s.views(req.Context(), req.project, req.p)
	if err != nil {
		return nil, opts, err
	}
	if len(views) >= s.cfg.BranchesLimit {
		return nil, opts, &apiError{Status: http.StatusUnprocessableEntity, Code: "BRANCHES_LIMIT_EXCEEDED", Message: "branches limit exceeded"}
	}
	var parent *branchView
	for _, v := range views {
		if v.Default && in.Branch.ParentID == "" || v.ID == in.Branch.ParentID && v.meta.Snapshot == nil {
			parent = v
		}
		if v.Name == in.Branch.Name {
			return nil, opts, conflict("branch already exists")
		}
	}
	switch init := in.Branch.InitSource; {
	case parent == nil:
		return nil, opts, notFound("parent branch not found")
	case init != "" && init != schemaOnly && init != "parent-data":
		return nil, opts, badRequest("init_source must be parent-data or schema-only")
	case parent.State == branch.Creating || parent.busy:
		return nil, opts, errBusy
	}
	if in.Branch.InitSource == "" {
		in.Branch.InitSource = "parent-data"
	}
	if in.Branch.Name == "" {
		in.Branch.Name = now().Format("2006-01-02T15:04:05.000Z")
	}
	if len(in.Annotation) > 50 {
		return nil, opts, badRequest("an annotation has at most 50 values")
	}
	if err := checkEndpoints(in.Endpoints); err != nil {
		return nil, opts, err
	}
	opts = branch.CreateOptions{Parent: parent.ID, At: branch.Point{LSN: in.Branch.LSN}}
	if in.Branch.Time != nil {
		opts.At.Time = *in.Branch.Time
	}
	if in.Branch.ExpiresAt != nil {
		opts.ExpiresAt = *in.Branch.ExpiresAt
		if in.Branch.Protected {
			return nil, opts, refused("a protected branch can't expire")
		}
	}
	return parent, opts, nil
}

// buildBranch does what createBranch promised. A branch that can't be finished
// is taken back.
func (s *Server) buildBranch(ctx context.Context, req *request, in *createBranchBody, opts branch.CreateOptions, id string,
	finish func(context.Context) (branch.Branch, error)) error {
	if _, err := finish(ctx); err != nil {
		return err
	}
	err := s.settleBranch(ctx, req, in, opts, id)
	if err != nil {
		_, _ = req.p.SetProtected(ctx, id, false)
		if gone := req.p.Delete(ctx, id); gone != nil {
			s.cfg.Log.Error("take back a branch", "branch", id, "err", gone)
		}
	}
	return err
}

func (s *Server) settleBranch(ctx context.Context, req *request, in *createBranchBody, opts branch.CreateOptions, id string) error {
	if in.Branch.InitSource == schemaOnly {
		if err := emptyTables(ctx, req.p, id); err != nil {
			return err
		}
		if _, err := req.p.Detach(ctx, id); err != nil {
			return err
		}
	}
	if !opts.At.IsHead() {
		if err := s.applyPasswords(ctx, req, id); err != nil {
			return err
		}
	}
	if in.Branch.Protected {
		if _, err := req.p.SetProtected(ctx, id, true); err != nil {
			return err
		}
	}
	if len(in.Endpoints) == 0 {
		return req.p.Suspend(ctx, id)
	}
	return s.touchEndpoints(req.project, id, true)
}

func ttl(expires time.Time) int64 {
	if expires.IsZero() {
		return 0
	}
	return int64(time.Until(expires).Round(time.Second).Seconds())
}

// source says who made something.
func source(r *http.Request) string {
	if strings.Contains(strings.ToLower(r.UserAgent()), "neonctl") {
		return "neonctl"
	}
	return "console"
}
