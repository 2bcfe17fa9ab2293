package localneon

import (
	"context"
	"net/http"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/neonapi"
)

func databases(ctx context.Context, conn *pgx.Conn, v *branchView) ([]neonapi.Database, error) {
	rows, err := conn.Query(ctx, `SELECT oid::bigint, datname, pg_get_userbyid(datdba) FROM pg_database
		WHERE NOT datistemplate AND datallowconn AND datname <> 'postgres' ORDER BY oid`)
	if err != nil {
		return nil, err
	}
	list := []neonapi.Database{}
	d := neonapi.Database{BranchID: v.ID, CreatedAt: v.CreatedAt, UpdatedAt: v.CreatedAt}
	_, err = pgx.ForEachRow(rows, []any{&d.ID, &d.Name, &d.OwnerName}, func() error {
		list = append(list, d)
		return nil
	})
	return list, err
}

func (s *Server) databasesOf(req *request) (list []neonapi.Database, err error) {
	err = admin(req.Context(), req.p, req.branch.ID, "postgres", func(conn *pgx.Conn) error {
		list, err = databases(req.Context(), conn, req.branch)
		return err
	})
	return list, err
}

// inherited are the roles and databases that a branch gets from its parent.
func (s *Server) inherited(req *request, parent *branchView, id string) (rs []neonapi.Role, ds []neonapi.Database, err error) {
	view := *parent
	view.Branch.ID = id
	err = admin(req.Context(), req.p, parent.ID, "postgres", func(conn *pgx.Conn) error {
		if rs, err = roles(req.Context(), conn, &view); err != nil {
			return err
		}
		ds, err = databases(req.Context(), conn, &view)
		return err
	})
	return rs, ds, err
}

func (s *Server) listDatabases(req *request) (*reply, error) {
	if req.branch.busy {
		return nil, errBusy
	}
	list, err := s.databasesOf(req)
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"databases": list})
}

func (s *Server) findDatabase(req *request, name string) (neonapi.Database, error) {
	list, err := s.databasesOf(req)
	if err != nil {
		return neonapi.Database{}, err
	}
	i := slices.IndexFunc(list, func(d neonapi.Database) bool { return d.Name == name })
	if i < 0 {
		return neonapi.Database{}, notFound("database not found")
	}
	return list[i], nil
}

func (s *Server) getDatabase(req *request) (*reply, error) {
	d, err := s.findDatabase(req, req.PathValue("db"))
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"database": d})
}

func (s *Server) createDatabase(req *request) (*reply, error) {
	var in struct {
		Database struct {
			Name  string `json:"name"`
			Owner string `json:"owner_name"`
		} `json:"database"`
	}
	if err := req.read(&in); err != nil {
		return nil, err
	}
	if err := checkIdentifier("database", in.Database.Name); err != nil {
		return nil, err
	}
	release, err := s.claim(req.branch.ID)
	if err != nil {
		return nil, err
	}
	defer release()
	if _, err := s.findRole(req, in.Database.Owner); err != nil {
		return nil, err
	}
	if err := makeDatabase(req.Context(), req.p, req.branch.ID, in.Database.Name, in.Database.Owner); err != nil {
		return nil, err
	}
	return s.databaseChanged(req, http.StatusCreated, in.Database.Name)
}

func makeDatabase(ctx context.Context, p *localbranch.Provider, branchID, name, owner string) error {
	return admin(ctx, p, branchID, "postgres", func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, `CREATE DATABASE `+ident(name)+` OWNER `+ident(owner)); err != nil {
			return err
		}
		_, err := conn.Exec(ctx, `GRANT ALL ON DATABASE `+ident(name)+` TO neon_superuser`)
		return err
	})
}

func (s *Server) databaseChanged(req *request, status int, name string) (*reply, error) {
	d, err := s.findDatabase(req, name)
	if err != nil {
		return nil, err
	}
	ops, err := s.done(req.project, req.branch.ID, "", "apply_config")
	if err != nil {
		return nil, err
	}
	return &reply{status, neonapi.DatabaseChange{Database: d, Operations: ops}}, nil
}

func (s *Server) updateDatabase(req *request) (*reply, error) {
	var in struct {
		Database struct {
			Name  *string `json:"name"`
			Owner *string `json:"owner_name"`
		} `json:"database"`
	}
	if err := req.read(&in); err != nil {
		return nil, err
	}
	d, err := s.findDatabase(req, req.PathValue("db"))
	if err != nil {
		return nil, err
	}
	release, err := s.claim(req.branch.ID)
	if err != nil {
		return nil, err
	}
	defer release()
	to := d.Name
	if in.Database.Name != nil {
		to = *in.Database.Name
		if err := checkIdentifier("database", to); err != nil {
			return nil, err
		}
	}
	ctx := req.Context()
	err = admin(ctx, req.p, req.branch.ID, "postgres", func(conn *pgx.Conn) error {
		if in.Database.Owner != nil {
			if _, err := conn.Exec(ctx, `ALTER DATABASE `+ident(d.Name)+` OWNER TO `+ident(*in.Database.Owner)); err != nil {
				return err
			}
		}
		if to == d.Name {
			return nil
		}
		if _, err := conn.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, d.Name); err != nil {
			return err
		}
		_, err := conn.Exec(ctx, `ALTER DATABASE `+ident(d.Name)+` RENAME TO `+ident(to))
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.databaseChanged(req, http.StatusOK, to)
}

func (s *Server) deleteDatabase(req *request) (*reply, error) {
	d, err := s.findDatabase(req, req.PathValue("db"))
	if err != nil && asAPIError(err).Status == http.StatusNotFound {
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
	ctx := req.Context()
	err = admin(ctx, req.p, req.branch.ID, "postgres", func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `DROP DATABASE `+ident(d.Name)+` WITH (FORCE)`)
		return err
	})
	if err != nil {
		return nil, err
	}
	ops, err := s.done(req.project, req.branch.ID, "", "apply_config")
	if err != nil {
		return nil, err
	}
	return ok(neonapi.DatabaseChange{Database: d, Operations: ops})
}
