package neontest

import (
	"context"
	"fmt"

	"github.com/espalier-go/espalier/migration"
)

// applyMigrations brings the empty database at url to the newest version.
func applyMigrations(ctx context.Context, url string, m *migrations) error {
	_, err := migration.Apply(ctx, url, m.fsys, &migration.ApplyConfig{RevisionsSchema: m.revisionsSchema})
	if err != nil {
		return fmt.Errorf("apply the migrations: %w", err)
	}
	return nil
}
