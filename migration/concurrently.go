package migration

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

const reIdent = `("(?:[^"]|"")+"|[^\s."(;]+)`

var (
	reCreateConcurrently = regexp.MustCompile(`(?is)^\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?` + reIdent + `\s+ON\s+(?:ONLY\s+)?((?:` + reIdent + `\s*\.\s*)?` + reIdent + `)`)
	reDropConcurrently   = regexp.MustCompile(`(?is)^\s*DROP\s+INDEX\s+CONCURRENTLY\s+((?:` + reIdent + `\s*\.\s*)?` + reIdent + `)(?:\s+(?:CASCADE|RESTRICT))?\s*;?\s*$`)
)

// isConcurrent tells whether a statement is one that waits for others instead of
// holding them up.
func isConcurrent(query string) bool { return strings.Contains(strings.ToUpper(query), "CONCURRENTLY") }

// prepare makes a statement that runs in no transaction ready for another try.
// A CREATE INDEX CONCURRENTLY that failed has left an invalid index, on which
// every further try would fail: it is dropped. Where an earlier apply died in
// the statement or right after it, before it was recorded, the statement may
// be done: its index is made anew, and an index to drop may be gone (skip).
func (d *driver) prepare(ctx context.Context, query string) (skip bool, err error) {
	died := d.resume != nil && d.resume.Error == "" && d.resume.Applied == d.skipped+d.ran
	if m := reDropConcurrently.FindStringSubmatch(query); m != nil && died {
		var there bool
		err := d.r.s.conn.QueryRowContext(ctx, "SELECT pg_catalog.to_regclass($1) IS NOT NULL", m[1]).Scan(&there)
		return !there && err == nil, err
	}
	m := reCreateConcurrently.FindStringSubmatch(query)
	if m == nil {
		return false, nil
	}
	rows, err := d.r.s.conn.QueryContext(ctx, `SELECT n.nspname, c.relname FROM pg_catalog.pg_index i
		JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE i.indrelid = pg_catalog.to_regclass($1) AND c.relname = $2 AND (NOT i.indisvalid OR $3)
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = c.oid)`, m[2], nameOf(m[1]), died)
	if err != nil {
		return false, fmt.Errorf("look for an invalid index: %w", err)
	}
	var stale []string
	for rows.Next() {
		var schema, name string
		if err := rows.Scan(&schema, &name); err != nil {
			return false, err
		}
		stale = append(stale, pgx.Identifier{schema, name}.Sanitize())
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return false, err
	}
	for _, name := range stale {
		stmt := "DROP INDEX CONCURRENTLY " + name
		d.r.cfg.Progress(Event{Kind: EventCleanup, File: d.file, Stmt: stmt, Index: d.skipped + d.ran + 1, Total: len(d.stmts), Attempt: d.attempt})
		if _, err := d.r.s.ExecContext(ctx, stmt); err != nil {
			return false, fmt.Errorf("drop what an earlier try left: %w", err)
		}
	}
	return false, nil
}

// nameOf is an identifier as the catalog has it.
func nameOf(ident string) string {
	if strings.HasPrefix(ident, `"`) {
		return strings.ReplaceAll(strings.Trim(ident, `"`), `""`, `"`)
	}
	return strings.ToLower(ident)
}
