package migration

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// catalogSQL lists what a database holds, as (kind, table, name, definition).
//
//go:embed catalog.sql
var catalogSQL string

// settleSQL reads expressions back until Postgres prints them as it read them.
//
//go:embed settle.sql
var settleSQL string

// catalog is a database's schema as text, taken from pg_catalog: it sees what
// the Atlas library's inspection doesn't.
type catalog map[object]string

// object names an entry of a catalog.
type object struct{ kind, table, name string }

// handmade are the kinds that a migration written by hand may add to the desired
// state. All others belong to the desired state alone.
var handmade = []string{"enum", "type", "sequence", "view", "function", "trigger", "policy", "row security",
	"storage", "constraint comment", "extension"}

// schemas lists the schemas of a database but those of Postgres, of extensions
// and the ones in ignore.
func (s *session) schemas(ctx context.Context, ignore ...string) ([]string, error) {
	rows, err := s.conn.QueryContext(ctx, `SELECT nspname FROM pg_catalog.pg_namespace n
		WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND nspname <> ALL ($1)
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
		ORDER BY nspname`, ignore)
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
	// With an empty path every name is printed with its schema.
	if _, err := s.ExecContext(ctx, "SET search_path = ''"); err != nil {
		return nil, err
	}
	rows, err := s.conn.QueryContext(ctx, catalogSQL, schemas)
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	defer rows.Close()
	c := make(catalog)
	for rows.Next() {
		var o object
		var def string
		if err := rows.Scan(&o.kind, &o.table, &o.name, &def); err != nil {
			return nil, fmt.Errorf("read the catalog: %w", err)
		}
		c[o] = def
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	return c, s.reset(ctx, -1)
}

// difference is one between a catalog and the desired one.
type difference struct {
	object
	got, want string
}

// How an object differs: it is to be added, dropped or modified.
const (
	added = iota
	dropped
	modified
)

func (d difference) is(change int) bool {
	switch {
	case d.got == "":
		return change == added
	case d.want == "":
		return change == dropped
	}
	return change == modified
}

// in picks the flag for the kind of change.
func (d difference) in(add, drop, modify bool) bool {
	return d.is(added) && add || d.is(dropped) && drop || d.is(modified) && modify
}

// String describes the difference in a line.
func (d difference) String() string {
	name := d.kind + " " + d.name
	switch {
	case d.got == "":
		return fmt.Sprintf("%s is missing: %s", name, oneLine(d.want))
	case d.want == "":
		return fmt.Sprintf("%s is left over: %s", name, oneLine(d.got))
	}
	return fmt.Sprintf("%s is %q, should be %q", name, oneLine(d.got), oneLine(d.want))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// differences lists how got differs from want, sorted.
func differences(got, want catalog) []difference {
	var diffs []difference
	for o, w := range want {
		if g := got[o]; g != w && plainConstraint(g) != w {
			diffs = append(diffs, difference{o, g, w})
		}
	}
	for o, g := range got {
		if _, ok := want[o]; !ok && !slices.Contains(handmade, o.kind) {
			diffs = append(diffs, difference{o, g, ""})
		}
	}
	slices.SortFunc(diffs, func(a, b difference) int { return strings.Compare(a.String(), b.String()) })
	return diffs
}

// plainConstraint takes away what a migration written by hand may have added to
// a constraint and ent can't express.
func plainConstraint(def string) string {
	for _, s := range []string{" NOT VALID", " INITIALLY DEFERRED", " DEFERRABLE"} {
		def = strings.TrimSuffix(def, s)
	}
	return def
}

func lines(diffs []difference) []string {
	out := make([]string, len(diffs))
	for i, d := range diffs {
		out[i] = d.String()
	}
	return out
}

// errorLine is the line of text that Postgres complains about, from 1, or 0.
func errorLine(text string, err error) int {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Position <= 0 {
		return 0
	}
	r := []rune(text)
	return lineAt(text, len(string(r[:min(int(pg.Position)-1, len(r))])))
}
