package localneon

import (
	"cmp"
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/neonapi"
)

const maxRetention = 2592000

func newProject(name string, major int) *project {
	t := now()
	return &project{ID: localbranch.NewName(), Name: name, Region: localRegion, Major: major, Retention: 86400,
		Created: t, Updated: t, Branches: make(map[string]*branchMeta)}
}

// wireLocked is the project as the API tells it.
func (s *Server) wireLocked(pr *project) neonapi.Project {
	p := neonapi.Project{
		ID: pr.ID, PlatformID: "local", RegionID: pr.Region, Name: pr.Name, Provisioner: "k8s-neonvm", EndpointDefaults: pr.Defaults,
		Settings: pr.Settings, PgVersion: pr.Major, ProxyHost: "localhost", BranchSizeLimit: 1 << 20, BranchSizeLimitBytes: 1 << 40,
		StorePasswords: !pr.NoStore, CreationSource: "console", HistoryRetention: pr.Retention, CreatedAt: pr.Created,
		UpdatedAt: pr.Updated, ConsumptionPeriodStart: pr.Created, ConsumptionPeriodEnd: pr.Created.AddDate(100, 0, 0),
		OwnerID: s.st.UserID, OrgID: s.st.OrgID,
	}
	return p
}

// findProject returns a project and its branches, opened.
func (s *Server) findProject(ctx context.Context, id string) (*project, *localbranch.Provider, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, pr := range s.st.Projects {
		if pr.ID != id {
			continue
		}
		if p := s.open[id]; p != nil {
			return pr, p, nil
		}
		p, err := localbranch.Open(ctx, s.folderOf(id), s.cfg.Branches)
		if err != nil {
			return nil, nil, err
		}
		s.open[id] = p
		return pr, p, nil
	}
	return nil, nil, notFound("project not found")
}

// folderOf is where a further project's folder is.
func (s *Server) folderOf(id string) string { return filepath.Join(s.stateDir(), "projects", id) }

func (s *Server) listProjects(req *request) (*reply, error) {
	query := req.URL.Query()
	limit, err := number(query, "limit", 10, 400)
	if err != nil {
		return nil, err
	}
	if org := query.Get("org_id"); org != "" && org != s.st.OrgID {
		return nil, notFound("organization not found")
	}
	search := strings.ToLower(query.Get("search"))
	list := []neonapi.Project{}
	s.mu.Lock()
	for _, pr := range s.st.Projects {
		if strings.Contains(strings.ToLower(pr.Name), search) || strings.Contains(pr.ID, search) {
			list = append(list, s.wireLocked(pr))
		}
	}
	s.mu.Unlock()
	slices.SortStableFunc(list, func(a, b neonapi.Project) int { return cmp.Compare(b.CreatedAt.UnixNano(), a.CreatedAt.UnixNano()) })
	list, next, err := page(list, query.Get("cursor"), limit, func(p neonapi.Project) string { return p.ID })
	if err != nil {
		return nil, err
	}
	out := map[string]any{"projects": list, "applications": map[string]any{}, "integrations": map[string]any{}}
	if next != "" {
		out["pagination"] = neonapi.Pagination{Cursor: next}
	}
	return ok(out)
}

func (s *Server) sharedProjects(*request) (*reply, error) {
	return ok(map[string]any{"projects": []neonapi.Project{}})
}

func (s *Server) getProject(req *request) (*reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ok(map[string]any{"project": s.wireLocked(req.project)})
}

// projectBody is what creating and updating a project take.
type projectBody struct {
	Project struct {
		Name           *string                   `json:"name"`
		Region         string                    `json:"region_id"`
		PgVersion      int                       `json:"pg_version"`
		OrgID          string                    `json:"org_id"`
		StorePasswords *bool                     `json:"store_passwords"`
		Retention      *int32                    `json:"history_retention_seconds"`
		Settings       json.RawMessage           `json:"settings"`
		Defaults       *neonapi.EndpointDefaults `json:"default_endpoint_settings"`
		MinCU          float64                   `json:"autoscaling_limit_min_cu"`
		MaxCU          float64                   `json:"autoscaling_limit_max_cu"`
		Branch         struct {
			Name     string `json:"name"`
			Role     string `json:"role_name"`
			Database string `json:"database_name"`
		} `json:"branch"`
	} `json:"project"`
}

func (in *projectBody) check() error {
	p := &in.Project
	if len(p.Settings) > 0 {
		var object map[string]any
		if json.Unmarshal(p.Settings, &object) != nil {
			return badRequest("settings is not an object")
		}
	}
	switch {
	case p.Name != nil && (*p.Name == "" || len(*p.Name) > 64):
		return refused("a project's name has 1 to 64 bytes")
	case p.Retention != nil && (*p.Retention < 0 || *p.Retention > maxRetention):
		return badRequest("history_retention_seconds must be from 0 to %d", maxRetention)
	}
	if d := p.Defaults; d != nil {
		return checkEndpoint(neonapi.ReadWrite, d.MinCU, d.MaxCU, d.SuspendTimeout)
	}
	return checkEndpoint(neonapi.ReadWrite, p.MinCU, p.MaxCU, 0)
}

// apply takes over what the request gives.
func (in *projectBody) apply(pr *project) {
	p := &in.Project
	set(&pr.Name, p.Name)
	set(&pr.Retention, p.Retention)
	if p.Settings != nil && string(p.Settings) != "null" {
		pr.Settings = p.Settings
	}
	if p.Defaults != nil {
		pr.Defaults = p.Defaults
	}
	if p.MinCU != 0 || p.MaxCU != 0 {
		pr.Defaults = &neonapi.EndpointDefaults{MinCU: p.MinCU, MaxCU: p.MaxCU}
	}
	if p.StorePasswords != nil {
		pr.NoStore = !*p.StorePasswords
	}
}

func (s *Server) updateProject(req *request) (*reply, error) {
	var in projectBody
	if err := req.read(&in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	in.Project.StorePasswords = nil // given at creation alone
	var p neonapi.Project
	err := s.change(func() {
		in.apply(req.project)
		req.project.Updated = now()
		p = s.wireLocked(req.project)
	})
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"project": p, "operations": []neonapi.Operation{}})
}
