package migration

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// rows are INSERT statements for all rows in the tables of c, those that foreign
// keys refer to first, and the state of the sequences.
func (s *session) rows(ctx context.Context, c catalog) (string, error) {
	var b strings.Builder
	w := ddl{qualify: true}
	p := &planner{cur: c}
	err := s.qualified(ctx, func(conn *pgx.Conn) error {
		for _, t := range p.tables(c, c) {
			if t.parts[tabPartKey] != "" {
				continue // its partitions have the rows
			}
			if err := tableRows(ctx, conn, w, c, t, &b); err != nil {
				return err
			}
		}
		return sequenceStates(ctx, conn, c, &b)
	})
	if err != nil {
		return "", fmt.Errorf("read the rows that the migrations insert: %w", err)
	}
	return b.String(), nil
}

func tableRows(ctx context.Context, conn *pgx.Conn, w ddl, c catalog, t *entry, b *strings.Builder) error {
	name := w.name(t.schema, t.rel)
	var some bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM ONLY "+name+")").Scan(&some); err != nil || !some {
		return err
	}
	var columns []string
	err := conn.QueryRow(ctx, `SELECT pg_catalog.array_agg(pg_catalog.quote_ident(attname) ORDER BY attnum) FROM pg_catalog.pg_attribute
		WHERE attrelid = pg_catalog.to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`, name).Scan(&columns)
	if err != nil {
		return err
	}
	values := make([]string, len(columns))
	for i, col := range columns {
		values[i] = "pg_catalog.quote_nullable(" + col + "::text)"
	}
	query := fmt.Sprintf("SELECT pg_catalog.concat_ws(', ', %s) FROM ONLY %s ORDER BY 1", strings.Join(values, ", "), name)
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return err
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "-- Rows of %q table\nINSERT INTO %s (%s) OVERRIDING SYSTEM VALUE VALUES\n  (%s);\n", t.rel, name,
		strings.Join(columns, ", "), strings.Join(list, "),\n  ("))
	return nil
}

// sequenceStates sets the sequences that were used.
func sequenceStates(ctx context.Context, conn *pgx.Conn, c catalog, b *strings.Builder) error {
	schemas := make([]string, 0)
	for o := range c {
		if o.kind == "schema" {
			schemas = append(schemas, o.schema)
		}
	}
	rows, err := conn.Query(ctx, `SELECT pg_catalog.format('SELECT pg_catalog.setval(%L, %s);', pg_catalog.format('%I.%I', schemaname, sequencename), last_value)
		FROM pg_catalog.pg_sequences WHERE last_value IS NOT NULL AND schemaname = ANY ($1) ORDER BY 1`, schemas)
	if err != nil {
		return err
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, l := range list {
		b.WriteString("-- State of a sequence\n" + l + "\n")
	}
	return err
}
