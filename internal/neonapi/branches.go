package neonapi

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"
)

// CreateBranch is what a new branch is to be.
type CreateBranch struct {
	Branch    NewBranch     `json:"branch"`
	Endpoints []NewEndpoint `json:"endpoints,omitempty"`
}

// NewBranch is the branch of a CreateBranch. At most one of LSN and time is
// given.
type NewBranch struct {
	Name            string    `json:"name,omitempty"`
	ParentID        string    `json:"parent_id,omitempty"`
	ParentLSN       string    `json:"parent_lsn,omitempty"`
	ParentTimestamp time.Time `json:"parent_timestamp,omitzero"`
	Protected       bool      `json:"protected,omitempty"`
	// InitSource is "parent-data", the default, or "schema-only".
	InitSource string    `json:"init_source,omitempty"`
	ExpiresAt  time.Time `json:"expires_at,omitzero"`
}

// NewEndpoint is a compute to make with a branch.
type NewEndpoint struct {
	Type           string  `json:"type"`
	MinCU          float64 `json:"autoscaling_limit_min_cu,omitempty"`
	MaxCU          float64 `json:"autoscaling_limit_max_cu,omitempty"`
	SuspendTimeout int64   `json:"suspend_timeout_seconds,omitempty"`
}

// CreatedBranch is the answer to CreateBranch. Connections are given where the
// branch has one role and one database.
type CreatedBranch struct {
	Branch      Branch       `json:"branch"`
	Endpoints   []Endpoint   `json:"endpoints"`
	Operations  []Operation  `json:"operations"`
	Roles       []Role       `json:"roles"`
	Databases   []Database   `json:"databases"`
	Connections []Connection `json:"connection_uris,omitempty"`
}

// BranchChange is a branch and the operations that change it.
type BranchChange struct {
	Branch     Branch      `json:"branch"`
	Operations []Operation `json:"operations"`
}

// UpdateBranch changes what is not nil.
type UpdateBranch struct {
	Name      *string
	Protected *bool
	// ExpiresAt is the new expiry; a pointer to the zero time takes it away.
	ExpiresAt *time.Time
}

// MarshalJSON writes the null that takes an expiry away.
func (u UpdateBranch) MarshalJSON() ([]byte, error) {
	fields := make(map[string]any)
	if u.Name != nil {
		fields["name"] = *u.Name
	}
	if u.Protected != nil {
		fields["protected"] = *u.Protected
	}
	if u.ExpiresAt != nil {
		fields["expires_at"] = nil
		if !u.ExpiresAt.IsZero() {
			fields["expires_at"] = u.ExpiresAt.UTC().Format(time.RFC3339)
		}
	}
	return json.Marshal(map[string]any{"branch": fields})
}

// RestoreBranch is which state to put in place of a branch's.
type RestoreBranch struct {
	SourceID        string    `json:"source_branch_id"`
	SourceLSN       string    `json:"source_lsn,omitempty"`
	SourceTimestamp time.Time `json:"source_timestamp,omitzero"`
	PreserveAs      string    `json:"preserve_under_name,omitempty"`
}

// Branches returns all branches of a project.
func (c *Client) Branches(ctx context.Context, project string) ([]Branch, error) {
	var all []Branch
	query := url.Values{"limit": {strconv.Itoa(pageSize)}, "sort_by": {"created_at"}, "sort_order": {"asc"}}
	for {
		var page struct {
			Branches   []Branch `json:"branches"`
			Pagination struct {
				Next string `json:"next"`
			} `json:"pagination"`
		}
		if err := c.call(ctx, "GET", pathf("/projects/%s/branches", project), query, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Branches...)
		next := page.Pagination.Next
		if next == "" || len(page.Branches) == 0 || next == query.Get("cursor") {
			return all, nil
		}
		query.Set("cursor", next)
	}
}

// Branch returns one branch by id.
func (c *Client) Branch(ctx context.Context, project, id string) (Branch, error) {
	var out struct {
		Branch Branch `json:"branch"`
	}
	err := c.call(ctx, "GET", pathf("/projects/%s/branches/%s", project, id), nil, nil, &out)
	return out.Branch, err
}

// CreateBranch makes a branch. 409 where the name is taken.
func (c *Client) CreateBranch(ctx context.Context, project string, in CreateBranch) (CreatedBranch, error) {
	var out CreatedBranch
	err := c.call(ctx, "POST", pathf("/projects/%s/branches", project), nil, in, &out)
	return out, err
}

// UpdateBranch changes name, protection or expiry.
func (c *Client) UpdateBranch(ctx context.Context, project, id string, in UpdateBranch) (BranchChange, error) {
	var out BranchChange
	err := c.call(ctx, "PATCH", pathf("/projects/%s/branches/%s", project, id), nil, in, &out)
	return out, err
}

// RestoreBranch puts another state in place of the branch's.
func (c *Client) RestoreBranch(ctx context.Context, project, id string, in RestoreBranch) (BranchChange, error) {
	var out BranchChange
	err := c.call(ctx, "POST", pathf("/projects/%s/branches/%s/restore", project, id), nil, in, &out)
	return out, err
}

// SetDefaultBranch makes it the one that is meant when none is named.
func (c *Client) SetDefaultBranch(ctx context.Context, project, id string) (BranchChange, error) {
	var out BranchChange
	err := c.call(ctx, "POST", pathf("/projects/%s/branches/%s/set_as_default", project, id), nil, nil, &out)
	return out, err
}

// DeleteBranch deletes a branch. found is false where it was gone already.
func (c *Client) DeleteBranch(ctx context.Context, project, id string) (out BranchChange, found bool, err error) {
	err = c.call(ctx, "DELETE", pathf("/projects/%s/branches/%s", project, id), nil, nil, &out)
	return out, out.Branch.ID != "", err
}

// Schema returns the SQL of a database of a branch.
func (c *Client) Schema(ctx context.Context, project, id, database string) (string, error) {
	var out struct {
		SQL string `json:"sql"`
	}
	err := c.call(ctx, "GET", pathf("/projects/%s/branches/%s/schema", project, id), url.Values{"db_name": {database}}, nil, &out)
	return out.SQL, err
}

// CompareSchema returns the unified diff from the base branch's schema to the
// branch's, empty where they are the same.
func (c *Client) CompareSchema(ctx context.Context, project, id, base, database string) (string, error) {
	var out struct {
		Diff string `json:"diff"`
	}
	query := url.Values{"db_name": {database}, "base_branch_id": {base}}
	err := c.call(ctx, "GET", pathf("/projects/%s/branches/%s/compare_schema", project, id), query, nil, &out)
	return out.Diff, err
}
