package migration

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// catalogSQL lists what the schemas of a database hold, dependsSQL what in it
// needs what.
var (
	//go:embed catalog.sql
	catalogSQL string
	//go:embed depends.sql
	dependsSQL string
	//go:embed settle.sql
	settleSQL string
)

// object names an entry of a catalog. What belongs to a table has its name in
// rel; an object that stands for itself has its own there.
type object struct{ kind, schema, rel, name string }

// entry is an object with its definition.
type entry struct {
	object
	// def is the definition in Postgres' words, what is compared.
	def string
	// parts are what statements are made of; catalog.sql says which, by kind.
	parts []string
	ref   ref
}

// ref is an object's place in pg_depend.
type ref struct {
	class string
	id    uint32
	sub   int
}

// catalog is a database's schema, taken from pg_catalog: it sees what the Atlas
// library's inspection doesn't.
type catalog map[object]*entry

// get returns an entry or nil.
func (c catalog) get(kind, schema, rel, name string) *entry {
	return c[object{kind, schema, rel, name}]
}

// edge says that from needs to. kind is that of pg_depend: 'n' keeps to from
// being dropped, with 'a' and 'i' from goes with it.
type edge struct {
	from, to ref
	kind     string
}

// platformSchemas belong to Neon or to this project.
var platformSchemas = []string{"neon", "neon_auth", "neon_migration", seedSchema}

// schemas lists the schemas of a database but those of Postgres, of extensions,
// of the platform and the ones in ignore.
func (s *session) schemas(ctx context.Context, ignore ...string) ([]string, error) {
	rows, err := s.conn.QueryContext(ctx, `SELECT nspname FROM pg_catalog.pg_namespace n
		WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND nspname <> ALL ($1) AND nspname <> ALL ($2)
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
		ORDER BY nspname`, ignore, platformSchemas)
	if err != nil {
		return nil, fmt.Errorf("list the schemas: %w", err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// settle makes a dev database comparable. Postgres prints some expressions
// (IN lists over varchar) in a way that it reads back as another tree, so that a
// schema and its copy would differ for ever.
func (s *session) settle(ctx context.Context) error {
	if err := s.reset(ctx, -1); err != nil {
		return err
	}
	if _, err := s.ExecContext(ctx, settleSQL); err != nil {
		return fmt.Errorf("normalize the dev database: %w", err)
	}
	return nil
}

// catalog reads the given schemas.
func (s *session) catalog(ctx context.Context, schemas []string) (catalog, error) {
	c := make(catalog)
	err := s.qualified(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, catalogSQL, schemas)
		if err != nil {
			return err
		}
		var e entry
		_, err = pgx.ForEachRow(rows, []any{&e.kind, &e.schema, &e.rel, &e.name, &e.def, &e.parts, &e.ref.id, &e.ref.sub, &e.ref.class}, func() error {
			if !platformRole(&e) {
				found := e
				c[e.object] = &found
			}
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	return c, nil
}

// platformRole tells whether e is a grant to a role that Neon made.
func platformRole(e *entry) bool {
	return e.kind == "grant" && (e.parts[2] == "neon_superuser" || e.parts[2] == "cloud_admin" || e.parts[2] == "pg_database_owner")
}

// edges reads what needs what.
func (s *session) edges(ctx context.Context) ([]edge, error) {
	var all []edge
	err := s.qualified(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, dependsSQL)
		if err != nil {
			return err
		}
		var e edge
		_, err = pgx.ForEachRow(rows, []any{&e.from.class, &e.from.id, &e.from.sub, &e.to.class, &e.to.id, &e.to.sub, &e.kind}, func() error {
			all = append(all, e)
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the dependencies: %w", err)
	}
	return all, nil
}

// qualified runs f while every name is printed with its schema, which an empty
// path does.
func (s *session) qualified(ctx context.Context, f func(*pgx.Conn) error) error {
	if _, err := s.ExecContext(ctx, "SET search_path = ''; SET quote_all_identifiers = off"); err != nil {
		return err
	}
	if err := s.raw(f); err != nil {
		return err
	}
	return s.reset(ctx, -1)
}
