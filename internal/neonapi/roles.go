package neonapi

import "context"

// RoleChange is a role, with its password, and the operations that change it.
type RoleChange struct {
	Role       Role        `json:"role"`
	Operations []Operation `json:"operations"`
}

// DatabaseChange is a database and the operations that change it.
type DatabaseChange struct {
	Database   Database    `json:"database"`
	Operations []Operation `json:"operations"`
}

// Roles returns the roles of a branch, without passwords.
func (c *Client) Roles(ctx context.Context, project, branch string) ([]Role, error) {
	var out struct {
		Roles []Role `json:"roles"`
	}
	err := c.call(ctx, "GET", pathf("/projects/%s/branches/%s/roles", project, branch), nil, nil, &out)
	return out.Roles, err
}

// CreateRole makes a role with a password of Neon's choice.
func (c *Client) CreateRole(ctx context.Context, project, branch, name string) (RoleChange, error) {
	var out RoleChange
	in := map[string]any{"role": map[string]any{"name": name}}
	err := c.call(ctx, "POST", pathf("/projects/%s/branches/%s/roles", project, branch), nil, in, &out)
	return out, err
}

// DeleteRole deletes a role; that it is gone already is no error.
func (c *Client) DeleteRole(ctx context.Context, project, branch, name string) (RoleChange, error) {
	var out RoleChange
	err := c.call(ctx, "DELETE", pathf("/projects/%s/branches/%s/roles/%s", project, branch, name), nil, nil, &out)
	return out, err
}

// RevealPassword returns a role's password: 412 where the project stores none.
func (c *Client) RevealPassword(ctx context.Context, project, branch, name string) (string, error) {
	var out struct {
		Password string `json:"password"`
	}
	err := c.call(ctx, "GET", pathf("/projects/%s/branches/%s/roles/%s/reveal_password", project, branch, name), nil, nil, &out)
	return out.Password, err
}

// ResetPassword gives a role a new password.
func (c *Client) ResetPassword(ctx context.Context, project, branch, name string) (RoleChange, error) {
	var out RoleChange
	err := c.call(ctx, "POST", pathf("/projects/%s/branches/%s/roles/%s/reset_password", project, branch, name), nil, nil, &out)
	return out, err
}

// Databases returns the databases of a branch.
func (c *Client) Databases(ctx context.Context, project, branch string) ([]Database, error) {
	var out struct {
		Databases []Database `json:"databases"`
	}
	err := c.call(ctx, "GET", pathf("/projects/%s/branches/%s/databases", project, branch), nil, nil, &out)
	return out.Databases, err
}

// CreateDatabase makes a database that the role owns.
func (c *Client) CreateDatabase(ctx context.Context, project, branch, name, owner string) (DatabaseChange, error) {
	var out DatabaseChange
	in := map[string]any{"database": map[string]any{"name": name, "owner_name": owner}}
	err := c.call(ctx, "POST", pathf("/projects/%s/branches/%s/databases", project, branch), nil, in, &out)
	return out, err
}

// DeleteDatabase deletes a database; that it is gone already is no error.
func (c *Client) DeleteDatabase(ctx context.Context, project, branch, name string) (DatabaseChange, error) {
	var out DatabaseChange
	err := c.call(ctx, "DELETE", pathf("/projects/%s/branches/%s/databases/%s", project, branch, name), nil, nil, &out)
	return out, err
}
