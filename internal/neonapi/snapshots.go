package neonapi

import (
	"context"
	"net/url"
)

// Snapshots returns the snapshots of a project.
func (c *Client) Snapshots(ctx context.Context, project string) ([]Snapshot, error) {
	var out struct {
		Snapshots []Snapshot `json:"snapshots"`
	}
	err := c.call(ctx, "GET", pathf("/projects/%s/snapshots", project), nil, nil, &out)
	return out.Snapshots, err
}

// CreateSnapshot keeps the newest state of a branch.
func (c *Client) CreateSnapshot(ctx context.Context, project, branch, name string) (Snapshot, []Operation, error) {
	var out struct {
		Snapshot   Snapshot    `json:"snapshot"`
		Operations []Operation `json:"operations"`
	}
	err := c.call(ctx, "POST", pathf("/projects/%s/branches/%s/snapshot", project, branch), url.Values{"name": {name}}, nil, &out)
	return out.Snapshot, out.Operations, err
}

// DeleteSnapshot deletes a snapshot.
func (c *Client) DeleteSnapshot(ctx context.Context, project, id string) ([]Operation, error) {
	var out struct {
		Operations []Operation `json:"operations"`
	}
	err := c.call(ctx, "DELETE", pathf("/projects/%s/snapshots/%s", project, id), nil, nil, &out)
	return out.Operations, err
}

// RestoreSnapshot makes a new branch of a snapshot.
func (c *Client) RestoreSnapshot(ctx context.Context, project, id, name string) (BranchChange, error) {
	var out BranchChange
	err := c.call(ctx, "POST", pathf("/projects/%s/snapshots/%s/restore", project, id), nil, map[string]any{"name": name}, &out)
	return out, err
}
