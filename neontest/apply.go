package neontest

import (
	"context"
	"fmt"
	"io/fs"

	"ariga.io/atlas/sql/migrate"
	"github.com/jackc/pgx/v5"
)

// applyMigrations brings the empty database at url to the newest version.
func applyMigrations(ctx context.Context, url string, m *migrations) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	files, err := fs.Glob(m.fsys, "*.sql")
	if err != nil {
		return err
	}
	for _, name := range files {
		b, err := fs.ReadFile(m.fsys, name)
		if err != nil {
			return err
		}
		stmts, err := migrate.NewLocalFile(name, b).Stmts()
		if err != nil {
			return fmt.Errorf("migration %s: %w", name, err)
		}
		for _, stmt := range stmts {
			if _, err := conn.PgConn().Exec(ctx, stmt).ReadAll(); err != nil {
				return fmt.Errorf("migration %s: %w", name, err)
			}
		}
	}
	return nil
}
