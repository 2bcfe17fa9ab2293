package localneon

import (
	"context"
	_ "embed"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/diff"
)

//go:embed schema.sql
var schemaSQL string

// Schema returns the SQL that makes the objects of the database that conn is
// connected to, in the manner of pg_dump --schema-only --no-owner. It is the same
// for the same objects, so that two can be compared.
func Schema(ctx context.Context, conn *pgx.Conn) (string, error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return "", err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	// Names are written in full whatever the role's path is.
	if _, err := tx.Exec(ctx, `SELECT set_config('search_path', '', true)`); err != nil {
		return "", err
	}
	rows, err := tx.Query(ctx, schemaSQL)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.WriteString("--\n-- PostgreSQL database schema\n--\n")
	var kind, name, sql string
	_, err = pgx.ForEachRow(rows, []any{&kind, &name, &sql}, func() error {
		text.WriteString("\n--\n-- Name: " + strings.ReplaceAll(name, "\n", " ") + "; Type: " + kind + "\n--\n\n" + sql + "\n")
		return nil
	})
	return text.String(), err
}

// Diff returns the unified diff from one schema to another, empty where they
// are the same.
func Diff(oldName, old, newName, text string) string {
	out := string(diff.Diff("a/"+oldName, []byte(old), "b/"+newName, []byte(text)))
	// The first line repeats the names as a command.
	if _, rest, ok := strings.Cut(out, "\n"); ok {
		return rest
	}
	return out
}
