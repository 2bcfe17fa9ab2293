package neontest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// template is what this process knows of one template database.
type template struct {
	mu   sync.Mutex
	name string
	done bool
	err  error
}

// template returns the name of the template database of m, which it makes
// where neither this nor another process did. A migration that fails is kept,
// since the same files fail in the same way; a lost connection is not.
func (s *server) template(ctx context.Context, m *migrations) (string, error) {
	s.mu.Lock()
	t := s.templates[m.hash]
	if t == nil {
		t = &template{name: templatePrefix + m.hash}
		s.templates[m.hash] = t
	}
	s.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.done {
		return t.name, t.err
	}
	err := s.ensureTemplate(ctx, t.name, m)
	var pg *pgconn.PgError
	if err == nil || errors.As(err, &pg) && ctx.Err() == nil {
		t.done, t.err = true, err
	}
	return t.name, err
}

// forget makes the next template call look at the server again.
func (s *server) forget(m *migrations) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.templates, m.hash)
}

// ensureTemplate makes the template under a lock, so that of many processes
// one makes it and the others wait. The template flag is set as the last step
// and in one statement: a database of this name without it is half-made.
func (s *server) ensureTemplate(ctx context.Context, name string, m *migrations) error {
	conn, err := pgx.Connect(ctx, s.adminURL)
	if err != nil {
		return fmt.Errorf("connect to the test server: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) // gives the lock back
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", lockKey(name)); err != nil {
		return err
	}
	complete, exists, err := templateState(ctx, conn, name)
	if err != nil {
		return err
	}
	if exists && !complete {
		if _, err := conn.Exec(ctx, "drop database "+quote(name)+" with (force)"); err != nil {
			return err
		}
	}
	if !complete {
		if err := s.create(ctx, name, "template0"); err != nil {
			return err
		}
		if err := applyMigrations(ctx, s.databaseURL(name), m); err != nil {
			_, _ = conn.Exec(ctx, "drop database if exists "+quote(name)+" with (force)")
			return err
		}
		// Nobody may connect: a connection would block every clone.
		if _, err := conn.Exec(ctx, "alter database "+quote(name)+" with is_template true allow_connections false"); err != nil {
			return err
		}
	}
	return stamp(ctx, conn, name)
}

func templateState(ctx context.Context, conn *pgx.Conn, name string) (complete, exists bool, err error) {
	err = conn.QueryRow(ctx, "select datistemplate from pg_database where datname = $1", name).Scan(&complete)
	if err == pgx.ErrNoRows {
		return false, false, nil
	}
	return complete, err == nil, err
}

// stamp notes on the template when it was last used; sweep reads it.
func stamp(ctx context.Context, conn *pgx.Conn, name string) error {
	now := time.Now().UTC().Format(time.RFC3339)
	_, err := conn.Exec(ctx, "comment on database "+quote(name)+" is '"+stampText+now+"'")
	return err
}

const stampText = "made by neontest; last used "

func parseStamp(comment string) time.Time {
	at, _ := time.Parse(time.RFC3339, strings.TrimPrefix(comment, stampText))
	return at
}
