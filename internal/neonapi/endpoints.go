package neonapi

import (
	"context"
	"net/url"
	"strconv"
)

// CreateEndpoint is a further compute of a branch.
type CreateEndpoint struct {
	BranchID       string  `json:"branch_id"`
	Type           string  `json:"type"`
	Name           string  `json:"name,omitempty"`
	MinCU          float64 `json:"autoscaling_limit_min_cu,omitempty"`
	MaxCU          float64 `json:"autoscaling_limit_max_cu,omitempty"`
	SuspendTimeout int64   `json:"suspend_timeout_seconds,omitempty"`
}

// EndpointChange is a compute and the operations that change it.
type EndpointChange struct {
	Endpoint   Endpoint    `json:"endpoint"`
	Operations []Operation `json:"operations"`
}

// Endpoints returns the computes of a branch, or of the whole project where
// branch is empty.
func (c *Client) Endpoints(ctx context.Context, project, branch string) ([]Endpoint, error) {
	path := pathf("/projects/%s/endpoints", project)
	if branch != "" {
		path = pathf("/projects/%s/branches/%s/endpoints", project, branch)
	}
	var out struct {
		Endpoints []Endpoint `json:"endpoints"`
	}
	err := c.call(ctx, "GET", path, nil, nil, &out)
	return out.Endpoints, err
}

// CreateEndpoint adds a compute: the one that reads and writes where the branch
// has none, or a read replica.
func (c *Client) CreateEndpoint(ctx context.Context, project string, in CreateEndpoint) (EndpointChange, error) {
	var out EndpointChange
	err := c.call(ctx, "POST", pathf("/projects/%s/endpoints", project), nil, map[string]any{"endpoint": in}, &out)
	return out, err
}

// StartEndpoint wakes a compute.
func (c *Client) StartEndpoint(ctx context.Context, project, id string) (EndpointChange, error) {
	return c.endpointVerb(ctx, project, id, "start")
}

// SuspendEndpoint puts a compute to sleep.
func (c *Client) SuspendEndpoint(ctx context.Context, project, id string) (EndpointChange, error) {
	return c.endpointVerb(ctx, project, id, "suspend")
}

// RestartEndpoint suspends and starts a compute.
func (c *Client) RestartEndpoint(ctx context.Context, project, id string) (EndpointChange, error) {
	return c.endpointVerb(ctx, project, id, "restart")
}

func (c *Client) endpointVerb(ctx context.Context, project, id, verb string) (EndpointChange, error) {
	var out EndpointChange
	err := c.call(ctx, "POST", pathf("/projects/%s/endpoints/%s/%s", project, id, verb), nil, nil, &out)
	return out, err
}

// DeleteEndpoint deletes a compute; that it is gone already is no error.
func (c *Client) DeleteEndpoint(ctx context.Context, project, id string) (EndpointChange, error) {
	var out EndpointChange
	err := c.call(ctx, "DELETE", pathf("/projects/%s/endpoints/%s", project, id), nil, nil, &out)
	return out, err
}

// ConnectionURI returns a URL with the password, of the branch's compute that
// reads and writes, or of the one that endpoint names.
func (c *Client) ConnectionURI(ctx context.Context, project, branch, endpoint, database, role string, pooled bool) (string, error) {
	query := url.Values{"database_name": {database}, "role_name": {role}, "pooled": {strconv.FormatBool(pooled)}}
	if branch != "" {
		query.Set("branch_id", branch)
	}
	if endpoint != "" {
		query.Set("endpoint_id", endpoint)
	}
	var out struct {
		URI string `json:"uri"`
	}
	err := c.call(ctx, "GET", pathf("/projects/%s/connection_uri", project), query, nil, &out)
	return out.URI, err
}
