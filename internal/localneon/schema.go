package localneon

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/neonapi"
)

func (s *Server) schema(req *request) (*reply, error) {
	query := req.URL.Query()
	at, err := pointOf(query.Get("lsn"), query.Get("timestamp"))
	if err != nil {
		return nil, err
	}
	var out any
	err = s.atPoint(req, req.branch, at, query.Get("db_name"), func(conn *pgx.Conn) error {
		if query.Get("format") == "json" {
			tables, err := tablesOf(req.Context(), conn)
			out = map[string]any{"json": map[string]any{"tables": tables}}
			return err
		}
		text, err := Schema(req.Context(), conn)
		out = map[string]string{"sql": text}
		return err
	})
	if err != nil {
		return nil, err
	}
	return ok(out)
}

func (s *Server) compareSchema(req *request) (*reply, error) {
	query := req.URL.Query()
	at, err := pointOf(query.Get("lsn"), query.Get("timestamp"))
	if err != nil {
		return nil, err
	}
	baseAt, err := pointOf(query.Get("base_lsn"), query.Get("base_timestamp"))
	if err != nil {
		return nil, err
	}
	baseID := query.Get("base_branch_id")
	if baseID == "" {
		baseID = req.branch.ParentID
	}
	if baseID == "" {
		return nil, refused("the branch has no parent to compare with: give base_branch_id")
	}
	base, err := s.findBranch(req, baseID)
	if err != nil {
		return nil, err
	}
	db := query.Get("db_name")
	var old, text string
	err = s.atPoint(req, base, baseAt, db, func(conn *pgx.Conn) (err error) { old, err = Schema(req.Context(), conn); return err })
	if err != nil {
		return nil, err
	}
	err = s.atPoint(req, req.branch, at, db, func(conn *pgx.Conn) (err error) { text, err = Schema(req.Context(), conn); return err })
	if err != nil {
		return nil, err
	}
	return ok(map[string]string{"diff": Diff(db, old, db, text)})
}

// atPoint connects to a database of a branch as it is, or as it was: then a
// branch is made for the time of work.
func (s *Server) atPoint(req *request, v *branchView, at branch.Point, db string, work func(*pgx.Conn) error) error {
	if db == "" {
		return badRequest("db_name is required")
	}
	if v.busy || v.State == branch.Creating {
		return &apiError{Status: http.StatusLocked, Message: errBusy.Message}
	}
	ctx, id := req.Context(), v.ID
	if !at.IsHead() {
		name := "schema/" + newUUID()
		if err := s.hiddenBranch(req, v, name, branch.CreateOptions{Parent: v.ID, At: at}, &neonapi.Snapshot{}); err != nil {
			return err
		}
		defer func() {
			if err := req.p.Delete(context.WithoutCancel(ctx), name); err != nil {
				s.cfg.Log.Error("delete the branch of a past schema", "err", err)
			}
		}()
		id = name
	}
	return admin(ctx, req.p, id, db, work)
}

type table struct {
	Schema      string       `json:"schema"`
	Name        string       `json:"name"`
	Columns     []column     `json:"columns"`
	Constraints []constraint `json:"constraints"`
}

type column struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	Nullable  bool   `json:"nullable"`
	Generated bool   `json:"generated"`
}

type constraint struct {
	Type    string   `json:"type"`
	Columns []string `json:"columns"`
	Name    string   `json:"name"`
}

// tablesOf is the form of a schema for programs.
func tablesOf(ctx context.Context, conn *pgx.Conn) ([]table, error) {
	rows, err := conn.Query(ctx, `SELECT n.nspname, c.relname,
		coalesce((SELECT jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
			'nullable', NOT a.attnotnull, 'generated', a.attgenerated <> '') ORDER BY a.attnum)
			FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]'),
		coalesce((SELECT jsonb_agg(jsonb_build_object('name', k.conname, 'type',
				CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' WHEN 'f' THEN 'FOREIGN KEY' WHEN 'c' THEN 'CHECK' ELSE 'EXCLUDE' END,
				'columns', coalesce((SELECT jsonb_agg(a.attname ORDER BY array_position(k.conkey, a.attnum))
					FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey)), '[]')) ORDER BY k.conname)
			FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')), '[]')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 2`)
	if err != nil {
		return nil, err
	}
	list := []table{}
	var t table
	_, err = pgx.ForEachRow(rows, []any{&t.Schema, &t.Name, &t.Columns, &t.Constraints}, func() error {
		list = append(list, t)
		t = table{}
		return nil
	})
	return list, err
}

// emptyTables leaves of a branch's data only the schema, in all databases.
func emptyTables(ctx context.Context, p *localbranch.Provider, id string) error {
	var names []string
	err := admin(ctx, p, id, "postgres", func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres'`)
		if err != nil {
			return err
		}
		names, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	for _, name := range names {
		if err != nil {
			break
		}
		err = admin(ctx, p, id, name, func(conn *pgx.Conn) error { return emptyDatabase(ctx, conn) })
	}
	return err
}

func emptyDatabase(ctx context.Context, conn *pgx.Conn) error {
	for _, kind := range []struct{ list, before, after string }{
		{`SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`,
			`TRUNCATE `, ` RESTART IDENTITY CASCADE`},
		{`SELECT string_agg(format('REFRESH MATERIALIZED VIEW %I.%I', n.nspname, c.relname), '; ' ORDER BY c.oid)
			FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm'`, ``, ``},
		{`SELECT string_agg(format('ALTER SEQUENCE %I.%I RESTART', schemaname, sequencename), '; ') FROM pg_sequences`, ``, ``},
		{`SELECT CASE WHEN EXISTS (SELECT FROM pg_largeobject_metadata) THEN 'SELECT lo_unlink(oid) FROM pg_largeobject_metadata' END`, ``, ``},
	} {
		var list *string
		if err := conn.QueryRow(ctx, kind.list).Scan(&list); err != nil {
			return err
		}
		if list == nil {
			continue
		}
		if _, err := conn.Exec(ctx, kind.before+*list+kind.after); err != nil {
			return err
		}
	}
	return nil
}
