package pglocal

import (
	"log/slog"
	"time"
)

// SharedConfig says which server Shared gives. Its zero value works.
type SharedConfig struct {
	// Install are the binaries. Defaults to Find.
	Install *Install
	// CacheDir holds the server's directory. Defaults to CacheDir().
	CacheDir string
	// Linger is how long it outlives its last user. Defaults to 2 s.
	Linger time.Duration
	// IgnoreDatabaseURL starts a server even where $DATABASE_URL is set.
	IgnoreDatabaseURL bool
	// Log receives what takes long. Defaults to a logger that discards.
	Log *slog.Logger
}
