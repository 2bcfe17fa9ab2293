package localneon

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/neonapi"
	"github.com/espalier-go/espalier/internal/pglocal"
)

// roles reads a branch's roles, but for those that belong to the system.
func roles(ctx context.Context, conn *pgx.Conn, v *branchView) ([]neonapi.Role, error) {
	rows, err := conn.Query(ctx, `SELECT rolname, rolcanlogin FROM pg_roles
		WHERE rolname !~ '^pg_' AND rolname NOT IN ($1, 'neon_superuser') ORDER BY oid`, pglocal.Superuser)
	if err != nil {
		return nil, err
	}
	list := []neonapi.Role{}
	var name string
	var login bool
	_, err = pgx.ForEachRow(rows, []any{&name, &login}, func() error {
		r := neonapi.Role{BranchID: v.ID, Name: name, Method: "password", CreatedAt: v.CreatedAt, UpdatedAt: v.CreatedAt}
		if !login {
			r.Method = "no_login"
		}
		if m := v.meta.Roles[name]; m != nil {
			r.CreatedAt, r.UpdatedAt = m.Created, m.Updated
		}
		list = append(list, r)
		return nil
	})
	return list, err
}

func (s *Server) rolesOf(req *request) (list []neonapi.Role, err error) {
	if req.branch.busy {
		return nil, errBusy
	}
	err = admin(req.Context(), req.p, req.branch.ID, "postgres", func(conn *pgx.Conn) error {
		list, err = roles(req.Context(), conn, req.branch)
		return err
	})
	return list, err
}

func (s *Server) listRoles(req *request) (*reply, error) {
	list, err := s.rolesOf(req)
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"roles": list})
}

func (s *Server) findRole(req *request, name string) (neonapi.Role, error) {
	list, err := s.rolesOf(req)
	if err != nil {
		return neonapi.Role{}, err
	}
	i := slices.IndexFunc(list, func(r neonapi.Role) bool { return r.Name == name })
	if i < 0 {
		return neonapi.Role{}, notFound("role not found")
	}
	return list[i], nil
}

func (s *Server) getRole(req *request) (*reply, error) {
	r, err := s.findRole(req, req.PathValue("role"))
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"role": r})
}

func (s *Server) createRole(req *request) (*reply, error) {
	var in struct {
		Role struct {
			Name    string `json:"name"`
			NoLogin bool   `json:"no_login"`
		} `json:"role"`
	}
	if err := req.read(&in); err != nil {
		return nil, err
	}
	if err := checkIdentifier("role", in.Role.Name); err != nil {
		return nil, err
	}
	release, err := s.claim(req.branch.ID)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := makeRole(req.Context(), req.p, req.branch.ID, in.Role.Name, !in.Role.NoLogin); err != nil {
		return nil, err
	}
	password := ""
	if !in.Role.NoLogin {
		password = localbranch.NewPassword()
	}
	return s.givePassword(req, in.Role.Name, password, http.StatusCreated)
}

// makeRole makes a role with the rights that Neon gives those of its API.
func makeRole(ctx context.Context, p *localbranch.Provider, branchID, name string, login bool) error {
	return admin(ctx, p, branchID, "postgres", func(conn *pgx.Conn) error {
		attributes := ` LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS IN ROLE neon_superuser`
		if !login {
			attributes = ` NOLOGIN`
		}
		_, err := conn.Exec(ctx, `CREATE ROLE `+ident(name)+attributes)
		return err
	})
}

// givePassword sets and keeps a role's password, and answers with it.
func (s *Server) givePassword(req *request, name, password string, status int) (*reply, error) {
	ctx := req.Context()
	if password != "" {
		if err := req.p.SetPassword(ctx, req.branch.ID, name, password); err != nil {
			return nil, err
		}
	}
	err := s.edit(req.project, req.branch.ID, func(m *branchMeta) {
		r := m.Roles[name]
		if r == nil {
			r = &roleMeta{Created: now()}
			m.Roles[name] = r
		}
		r.Password, r.Updated = password, now()
		if req.project.NoStore {
			r.Password = ""
		}
		req.branch.meta = m.clone()
	})
	if err != nil {
		return nil, err
	}
	r, err := s.findRole(req, name)
	if err != nil {
		return nil, err
	}
	r.Password = password
	ops, err := s.done(req.project, req.branch.ID, "", "apply_config")
	if err != nil {
		return nil, err
	}
	return &reply{status, neonapi.RoleChange{Role: r, Operations: ops}}, nil
}

func (s *Server) resetPassword(req *request) (*reply, error) {
	r, err := s.findRole(req, req.PathValue("role"))
	if err != nil {
		return nil, err
	}
	release, err := s.claim(req.branch.ID)
	if err != nil {
		return nil, err
	}
	defer release()
	return s.givePassword(req, r.Name, localbranch.NewPassword(), http.StatusOK)
}

func (s *Server) revealPassword(req *request) (*reply, error) {
	password, err := s.passwordOf(req, req.branch, req.PathValue("role"))
	if err != nil {
		return nil, err
	}
	return ok(map[string]string{"password": password})
}

func (s *Server) passwordOf(req *request, v *branchView, role string) (string, error) {
	if req.project.NoStore {
		return "", &apiError{Status: http.StatusPreconditionFailed, Message: "passwords are not stored for this project"}
	}
	if m := v.meta.Roles[role]; m != nil && m.Password != "" {
		return m.Password, nil
	}
	on := *req
	on.branch = v
	if _, err := s.findRole(&on, role); err != nil {
		return "", err
	}
	return "", &apiError{Status: http.StatusPreconditionFailed, Message: "the password of this role is not stored: reset it"}
}

func (s *Server) deleteRole(req *request) (*reply, error) {
	name := req.PathValue("role")
	r, err := s.findRole(req, name)
	if e := (*apiError)(nil); errors.As(err, &e) && e.Status == http.StatusNotFound {
		return nothing()
	}
	if err != nil {
		return nil, err
	}
	release, err := s.claim(req.branch.ID)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := s.dropRole(req, name); err != nil {
		return nil, err
	}
	if err := s.edit(req.project, req.branch.ID, func(m *branchMeta) { delete(m.Roles, name) }); err != nil {
		return nil, err
	}
	ops, err := s.done(req.project, req.branch.ID, "", "apply_config")
	if err != nil {
		return nil, err
	}
	return ok(neonapi.RoleChange{Role: r, Operations: ops})
}

// dropRole gives what the role owns to the owner of each database first.
func (s *Server) dropRole(req *request, name string) error {
	ctx := req.Context()
	databases, err := s.databasesOf(req)
	if err != nil {
		return err
	}
	for _, db := range databases {
		if db.OwnerName == name {
			return refused("role %q owns database %q: give it another owner, or delete it", name, db.Name)
		}
	}
	for _, db := range databases {
		err := admin(ctx, req.p, req.branch.ID, db.Name, func(conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, `REASSIGN OWNED BY `+ident(name)+` TO `+ident(db.OwnerName)+`; DROP OWNED BY `+ident(name))
			return err
		})
		if err != nil {
			return err
		}
	}
	return admin(ctx, req.p, req.branch.ID, "postgres", func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `DROP ROLE `+ident(name))
		return err
	})
}

// applyPasswords gives the roles of a branch whose data is older the passwords
// that are known.
func (s *Server) applyPasswords(ctx context.Context, req *request, branchID string) error {
	s.mu.Lock()
	known := map[string]string{}
	if m := req.project.Branches[branchID]; m != nil {
		for name, r := range m.Roles {
			known[name] = r.Password
		}
	}
	s.mu.Unlock()
	there, err := rolesIn(ctx, req.p, branchID)
	if err != nil {
		return err
	}
	for _, name := range there {
		if known[name] == "" {
			continue
		}
		if err := req.p.SetPassword(ctx, branchID, name, known[name]); err != nil {
			return err
		}
	}
	return nil
}

func rolesIn(ctx context.Context, p *localbranch.Provider, branchID string) (names []string, err error) {
	err = admin(ctx, p, branchID, "postgres", func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT rolname FROM pg_roles`)
		if err != nil {
			return err
		}
		names, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return names, err
}
