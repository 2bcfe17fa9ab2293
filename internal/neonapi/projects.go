package neonapi

import (
	"context"
	"net/url"
	"strconv"
)

// CreateProject is what a new project is to be.
type CreateProject struct {
	Name      string            `json:"name,omitempty"`
	RegionID  string            `json:"region_id,omitempty"`
	PgVersion int               `json:"pg_version,omitempty"`
	OrgID     string            `json:"org_id,omitempty"`
	Branch    *NewProjectBranch `json:"branch,omitempty"`
}

// NewProjectBranch names what a new project begins with.
type NewProjectBranch struct {
	Name         string `json:"name,omitempty"`
	RoleName     string `json:"role_name,omitempty"`
	DatabaseName string `json:"database_name,omitempty"`
}

// CreatedProject is the answer to CreateProject.
type CreatedProject struct {
	Project     Project      `json:"project"`
	Connections []Connection `json:"connection_uris"`
	Roles       []Role       `json:"roles"`
	Databases   []Database   `json:"databases"`
	Operations  []Operation  `json:"operations"`
	Branch      Branch       `json:"branch"`
	Endpoints   []Endpoint   `json:"endpoints"`
}

// Projects returns the projects of the key's user, or of the organization.
func (c *Client) Projects(ctx context.Context, org string) ([]Project, error) {
	var all []Project
	query := url.Values{"limit": {strconv.Itoa(pageSize)}}
	if org != "" {
		query.Set("org_id", org)
	}
	for {
		var page struct {
			Projects   []Project  `json:"projects"`
			Pagination Pagination `json:"pagination"`
		}
		if err := c.call(ctx, "GET", "/projects", query, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Projects...)
		if len(page.Projects) < pageSize || page.Pagination.Cursor == "" || page.Pagination.Cursor == query.Get("cursor") {
			return all, nil
		}
		query.Set("cursor", page.Pagination.Cursor)
	}
}

// Project returns one project.
func (c *Client) Project(ctx context.Context, id string) (Project, error) {
	var out struct {
		Project Project `json:"project"`
	}
	err := c.call(ctx, "GET", pathf("/projects/%s", id), nil, nil, &out)
	return out.Project, err
}

// CreateProject makes a project with a branch, a role and a database.
func (c *Client) CreateProject(ctx context.Context, in CreateProject) (CreatedProject, error) {
	var out CreatedProject
	err := c.call(ctx, "POST", "/projects", nil, map[string]any{"project": in}, &out)
	return out, err
}

// DeleteProject deletes a project with all it holds.
func (c *Client) DeleteProject(ctx context.Context, id string) (Project, error) {
	var out struct {
		Project Project `json:"project"`
	}
	err := c.call(ctx, "DELETE", pathf("/projects/%s", id), nil, nil, &out)
	return out.Project, err
}

// Me returns whom the key belongs to.
func (c *Client) Me(ctx context.Context) (User, error) {
	var out User
	err := c.call(ctx, "GET", "/users/me", nil, nil, &out)
	return out, err
}

// Organizations returns the organizations of the key's user.
func (c *Client) Organizations(ctx context.Context) ([]Organization, error) {
	var out struct {
		Organizations []Organization `json:"organizations"`
	}
	err := c.call(ctx, "GET", "/users/me/organizations", nil, nil, &out)
	return out.Organizations, err
}
