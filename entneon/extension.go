package entneon

import (
	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

// Config holds the options of the extension. The zero value works.
type Config struct {
	// SchemaFile is where the schema is written as SQL, relative to the folder
	// of the generated client. Defaults to "schema.sql".
	SchemaFile string
	// PostgresVersion is the oldest Postgres the SQL must be valid on, such as
	// "15". Defaults to "15".
	PostgresVersion string
}

func (c Config) withDefaults() Config {
	if c.SchemaFile == "" {
		c.SchemaFile = "schema.sql"
	}
	if c.PostgresVersion == "" {
		c.PostgresVersion = "15"
	}
	return c
}

// New returns the extension, for [entc.Extensions].
func New(cfg Config) entc.Extension {
	return &extension{cfg: cfg.withDefaults()}
}

type extension struct {
	entc.DefaultExtension
	cfg Config
}

// Hooks removes stale files first, then lets ent generate, and writes the SQL
// last, so that a failed generation leaves the old SQL.
func (e *extension) Hooks() []gen.Hook {
	return []gen.Hook{removeStale, e.writeSchema}
}
