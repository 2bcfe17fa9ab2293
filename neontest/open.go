package neontest

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"
)

// setupTimeout bounds what one Open may wait for: a cold start of the server
// and the migrations included.
const setupTimeout = 3 * time.Minute

// Open returns a database that holds the project's schema and no rows, for
// this test alone. It fails the test where there is no server, no project or
// a migration fails. The database goes when the test and its subtests end.
func Open(t testing.TB) *DB {
	t.Helper()
	return OpenWith(t, Config{})
}

// OpenWith is Open with options.
func OpenWith(t testing.TB, cfg Config) *DB {
	t.Helper()
	db, err := open(t.Name(), cfg.withDefaults())
	if err != nil {
		fatal(t, err)
	}
	t.Cleanup(func() { cleanup(t, db) })
	return db
}

func open(test string, cfg Config) (*DB, error) {
	ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
	defer cancel()
	srv, err := currentServer(ctx)
	if err != nil {
		return nil, err
	}
	name, err := srv.fresh(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return newDB(srv, name, test, cfg)
}

// fresh makes a database as cfg wants it and returns its name.
func (s *server) fresh(ctx context.Context, cfg Config) (string, error) {
	if cfg.Empty {
		return s.clone(ctx, "template0")
	}
	m, err := loadMigrations(cfg)
	if err != nil {
		return "", err
	}
	for {
		tpl, err := s.template(ctx, m)
		if err != nil {
			return "", err
		}
		name, err := s.clone(ctx, tpl)
		if !isGone(err) || ctx.Err() != nil {
			return name, err
		}
		// Another process took the template for abandoned.
		s.forget(m)
	}
}

func cleanup(t testing.TB, db *DB) {
	t.Helper()
	if n := db.close(); n > 0 {
		t.Errorf("neontest: %d connections still in use at the end of the test: rows or a transaction were not closed", n)
	}
	if t.Failed() && os.Getenv("ESPALIER_KEEP") == "1" {
		url, err := db.server.keep(db.name)
		if err == nil {
			t.Logf("neontest: kept the database: %s", url)
			return
		}
		t.Logf("neontest: cannot keep the database: %v", err)
	}
	if err := db.server.drop(db.name); err != nil {
		t.Logf("neontest: %v", err)
	}
}

func fatal(t testing.TB, err error) {
	t.Helper()
	var h interface{ Hint() string }
	if errors.As(err, &h) && h.Hint() != "" {
		t.Fatalf("neontest: %v\nhint: %s", err, h.Hint())
	}
	t.Fatalf("neontest: %v", err)
}
