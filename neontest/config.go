package neontest

import (
	"io/fs"
	"time"
)

// Config holds the options of OpenWith. The zero value is what Open uses.
type Config struct {
	// Migrations holds versioned SQL files at its root, as the project's
	// migration directory does; atlas.sum may be left out. Defaults to the directory that atlas.hcl names.
	Migrations fs.FS
	// Empty asks for a database without any migration. Migrations and Project
	// are then not looked at.
	Empty bool
	// Project is the folder of atlas.hcl. Defaults to $ESPALIER_PROJECT, else
	// the nearest folder that has one, from the working directory upwards.
	Project string
	// Env is the environment in atlas.hcl. Defaults to "local".
	Env string
	// MaxConns bounds the connections of Pool and SQL together. Defaults to 8.
	MaxConns int
	// StatementTimeout ends a statement of Pool and SQL that hangs, so that the
	// test fails where it hangs and not at go test's deadline. Defaults to one
	// minute; negative means none.
	StatementTimeout time.Duration
}

func (c Config) withDefaults() Config {
	if c.Env == "" {
		c.Env = "local"
	}
	if c.MaxConns <= 0 {
		c.MaxConns = 8
	}
	if c.StatementTimeout == 0 {
		c.StatementTimeout = time.Minute
	}
	return c
}
