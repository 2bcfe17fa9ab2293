// Package migrate holds the versioned migrations of the shop and embeds them,
// so that a server can bring its own database up to date:
//
//	migration.Apply(ctx, url, migrate.FS, nil)
//
// The files are written by `espalier migrate diff` and `espalier migrate new`;
// atlas.sum is kept by the same commands. The engine is in package migration.
package migrate

import "embed"

// FS holds the migration files and atlas.sum.
//
//go:embed *.sql atlas.sum
var FS embed.FS
