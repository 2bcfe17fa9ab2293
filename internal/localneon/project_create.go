package localneon

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/neonapi"
	"github.com/espalier-go/espalier/internal/pglocal"
)

func (s *Server) createProject(req *request) (*reply, error) {
	var in projectBody
	if err := req.read(&in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	role := cmp.Or(in.Project.Branch.Role, localbranch.Role)
	database := cmp.Or(in.Project.Branch.Database, localbranch.Database)
	if err := errors.Join(checkIdentifier("role", role), checkIdentifier("database", database)); err != nil {
		return nil, err
	}
	if org := in.Project.OrgID; org != "" && org != s.st.OrgID {
		return nil, notFound("organization not found")
	}
	pr := newProject("", 0)
	pr.Name, pr.Region = pr.ID, cmp.Or(in.Project.Region, localRegion)
	in.apply(pr)
	// From here on the caller's leaving would leave a project without an owner.
	ctx := context.WithoutCancel(req.Context())
	p, password, err := s.makeProject(ctx, pr, in.Project.PgVersion, in.Project.Branch.Name, role, database)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.folderOf(pr.ID)))
	}
	err = s.change(func() {
		s.st.Projects = append(s.st.Projects, pr)
		s.open[pr.ID] = p
	})
	if err != nil {
		return nil, err
	}
	req.project, req.p = pr, p
	return s.projectCreated(req, role, database, password)
}

// makeProject makes the folder, the root branch, the role and the database.
func (s *Server) makeProject(ctx context.Context, pr *project, major int, branchName, role, database string) (p *localbranch.Provider, password string, err error) {
	cfg := s.cfg.Branches
	if major != 0 && (cfg.Install == nil || cfg.Install.Major != major) {
		if cfg.Install, err = pglocal.Find(ctx, pglocal.FindConfig{Major: major, Log: s.cfg.Log}); err != nil {
			return nil, "", refused("Postgres %d is not available on this machine", major)
		}
	}
	cfg.Port = 0
	dir := s.folderOf(pr.ID)
	// Who the servers run as must pass; .espalier above is closed to all others.
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, "", err
	}
	if p, err = localbranch.Open(ctx, dir, cfg); err != nil {
		return nil, "", err
	}
	password, err = s.fillProject(ctx, p, pr, branchName, role, database)
	if err != nil {
		_, down := p.Down(ctx)
		return nil, "", errors.Join(err, down, p.Close())
	}
	return p, password, nil
}

func (s *Server) fillProject(ctx context.Context, p *localbranch.Provider, pr *project, branchName, role, database string) (string, error) {
	root, err := p.Init(ctx)
	if err != nil {
		return "", err
	}
	if branchName != "" && branchName != root.Name {
		if _, err := p.Rename(ctx, root.ID, branchName); err != nil {
			return "", err
		}
	}
	overview, err := p.Overview(ctx)
	if err != nil {
		return "", err
	}
	pr.Major = majorOf(overview.Version)
	password, err := p.Password(ctx, root.ID)
	if err != nil {
		return "", err
	}
	m := &branchMeta{Updated: now(), Source: "console", Roles: map[string]*roleMeta{role: {Created: now(), Updated: now()}}}
	m.Endpoints = []*neonapi.Endpoint{newEndpoint(pr, root.ID, neonapi.NewEndpoint{Type: neonapi.ReadWrite}, "console")}
	pr.Branches[root.ID] = m
	if role != localbranch.Role {
		if err := makeRole(ctx, p, root.ID, role, true); err != nil {
			return "", err
		}
		password = localbranch.NewPassword()
		if err := p.SetPassword(ctx, root.ID, role, password); err != nil {
			return "", err
		}
	}
	if !pr.NoStore {
		m.Roles[role].Password = password
	}
	return password, nameDatabase(ctx, p, root.ID, role, database)
}

// nameDatabase gives the first database its name and owner, and drops the role
// that no one asked for.
func nameDatabase(ctx context.Context, p *localbranch.Provider, id, role, database string) error {
	return admin(ctx, p, id, "postgres", func(conn *pgx.Conn) error {
		var statements []string
		if database != localbranch.Database {
			statements = append(statements, `ALTER DATABASE `+ident(localbranch.Database)+` RENAME TO `+ident(database))
		}
		if role != localbranch.Role {
			statements = append(statements, `ALTER DATABASE `+ident(database)+` OWNER TO `+ident(role), `DROP ROLE `+ident(localbranch.Role))
		}
		for _, sql := range statements {
			if _, err := conn.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Server) projectCreated(req *request, role, database, password string) (*reply, error) {
	views, err := s.views(req.Context(), req.project, req.p)
	if err != nil {
		return nil, err
	}
	req.branch = views[0]
	roles, err := s.rolesOf(req)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(roles, func(r neonapi.Role) bool { return r.Name == role }); i >= 0 {
		roles[i].Password = password
	}
	databases, err := s.databasesOf(req)
	if err != nil {
		return nil, err
	}
	e := views[0].meta.Endpoints[0]
	ops, err := s.done(req.project, views[0].ID, e.ID, "create_timeline", "start_compute")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return created(neonapi.CreatedProject{
		Project: s.wireLocked(req.project), Branch: views[0].wire(req.project), Endpoints: s.wireEndpoints(views[0]),
		Roles: roles, Databases: databases, Operations: ops,
		Connections: []neonapi.Connection{s.connection(views[0], e, database, role, password)},
	})
}

func (s *Server) deleteProject(req *request) (*reply, error) {
	pr := req.project
	if pr.ID == s.ProjectID() {
		return nil, refused("the folder's own project can't be deleted by the API: end the local Neon and remove the folder .espalier")
	}
	var answer neonapi.Project
	err := s.change(func() {
		answer = s.wireLocked(pr)
		s.st.Projects = slices.DeleteFunc(s.st.Projects, func(p *project) bool { return p == pr })
		delete(s.open, pr.ID)
	})
	if err != nil {
		return nil, err
	}
	ctx := context.WithoutCancel(req.Context())
	_, err = req.p.Down(ctx)
	if err = errors.Join(err, req.p.Close()); err == nil {
		err = os.RemoveAll(s.folderOf(pr.ID))
	}
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"project": answer})
}

// sweepProjects removes the folders of projects that were never finished, or
// not wholly deleted.
func (s *Server) sweepProjects(ctx context.Context) error {
	dirs, err := os.ReadDir(filepath.Join(s.stateDir(), "projects"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, d := range dirs {
		if slices.ContainsFunc(s.st.Projects, func(p *project) bool { return p.ID == d.Name() }) {
			continue
		}
		if err := removeProject(ctx, s.folderOf(d.Name()), s.cfg.Branches); err != nil {
			return err
		}
	}
	return nil
}

func removeProject(ctx context.Context, dir string, cfg localbranch.Config) error {
	p, err := localbranch.Open(ctx, dir, cfg)
	if err != nil {
		return err
	}
	_, err = p.Down(ctx)
	if errors.Is(err, localbranch.ErrNoProject) {
		err = nil
	}
	return errors.Join(err, p.Close(), os.RemoveAll(dir))
}

// Down stops the computes of the further projects in a folder, for `espalier
// down`, which stops those of the folder's own.
func Down(ctx context.Context, dir string, cfg localbranch.Config) error {
	dirs, err := os.ReadDir(filepath.Join(dir, localbranch.StateDir, "projects"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, d := range dirs {
		p, openErr := localbranch.Open(ctx, filepath.Join(dir, localbranch.StateDir, "projects", d.Name()), cfg)
		if openErr != nil {
			return openErr
		}
		_, downErr := p.Down(ctx)
		if errors.Is(downErr, localbranch.ErrNoProject) {
			downErr = nil
		}
		err = errors.Join(err, downErr, p.Close())
	}
	return err
}
