package pglocal

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
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

// SharedServer is a use of the server that Shared gives.
type SharedServer struct {
	url    string
	server *Server
}

// Shared gives the one server that all test packages and dev databases of this
// user share, one per version of Postgres, or that of $DATABASE_URL where set.
// Its data is gone when the last user is: in memory where 2 GB are free, else
// in the cache.
func Shared(ctx context.Context, cfg SharedConfig) (*SharedServer, error) {
	if url := os.Getenv("DATABASE_URL"); url != "" && !cfg.IgnoreDatabaseURL {
		return &SharedServer{url: url}, nil
	}
	in := cfg.Install
	if in == nil {
		var err error
		if in, err = Find(ctx, FindConfig{CacheDir: cfg.CacheDir, Log: cfg.Log}); err != nil {
			return nil, err
		}
	}
	cache, err := cacheSub(cfg.CacheDir, "shared")
	if err != nil {
		return nil, err
	}
	srv, err := Start(ctx, filepath.Join(cache, fmt.Sprintf("%s-%s", in.Version, in.Source)), Config{
		Install: in, Ephemeral: true, Linger: cfg.Linger, CacheDir: cfg.CacheDir, Log: cfg.Log, volatileDir: inMemory,
	})
	if err != nil {
		return nil, err
	}
	return &SharedServer{url: srv.AdminConnString("postgres"), server: srv}, nil
}

// Close gives the use back. It does nothing to the server of $DATABASE_URL.
func (s *SharedServer) Close() error {
	if s.server == nil {
		return nil
	}
	return s.server.Close()
}

// AdminURL connects as a role that may create databases. It may hold a
// password when it comes from $DATABASE_URL.
func (s *SharedServer) AdminURL() string { return s.url }

// Server is the use of the local server, or nil for that of $DATABASE_URL.
func (s *SharedServer) Server() *Server { return s.server }
