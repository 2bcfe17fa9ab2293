package neontest

import (
	"context"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
)

// TemplateName is what the template of the migrations is called.
func TemplateName(fsys fs.FS) (string, error) {
	m, err := loadMigrations(Config{Migrations: fsys}.withDefaults())
	if err != nil {
		return "", err
	}
	return templatePrefix + m.hash, nil
}

// Admin connects to the server that the tests run on.
func Admin(ctx context.Context) (*pgx.Conn, error) {
	s, err := currentServer(ctx)
	if err != nil {
		return nil, err
	}
	return pgx.Connect(ctx, s.adminURL)
}

// Stamp is the comment of a template that was last used at the time.
func Stamp(at time.Time) string { return stampText + at.UTC().Format(time.RFC3339) }

var (
	SweepTemplates = sweepTemplates
	Direct         = direct
	FindProject    = findProject
)

const KeepTemplates = keepTemplates
