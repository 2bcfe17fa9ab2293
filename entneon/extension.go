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
	// SQLFolder is where SQL stands that ent can't express: functions,
	// triggers, views, policies, extensions. Its *.sql files are added to
	// SchemaFile after the tables, those of its folder "before" ahead of them,
	// both in the order of their names. Relative to the folder of the generated
	// client; defaults to the folder of the schema, such as ent/schema.
	SQLFolder string
}

func (c Config) withDefaults() Config {
	if c.SchemaFile == "" {
		c.SchemaFile = "schema.sql"
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

// Options lets the generated code compile against the packages of neon.
func (e *extension) Options() []entc.Option { return []entc.Option{swapImports()} }

// Hooks returns the outermost first: stale files go before anything is
// generated, the SQL is written once the code has been.
func (e *extension) Hooks() []gen.Hook {
	return []gen.Hook{removeStale, e.writeSchema}
}
