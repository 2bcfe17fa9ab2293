package migration

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	// connectWait is how long a server that is starting up is asked again.
	connectWait = 15 * time.Second
	// cancelWait is how long a canceled statement may take to stop.
	cancelWait = 10 * time.Second
)

// session is one pinned connection. Locks, settings and transactions belong to
// it, and database/sql never re-runs a statement on a pinned connection.
// It implements schema.ExecQuerier of the Atlas library.
type session struct {
	db   *sql.DB
	conn *sql.Conn
	// searchPath is set where the URL has none, so that unqualified names mean
	// the same whatever the role's settings are.
	searchPath string
	// noticing tells that the server ends a statement soon after its client was
	// killed, so that the lock doesn't outlive the applier.
	noticing bool
	// url is what it was opened with, pid the server process.
	url string
	pid uint32
	// onNotice receives what the server says beside its results; may be nil.
	onNotice func(*pgconn.Notice)
}

// parseURL parses a connection string without ever repeating it in an error.
func parseURL(url string) (*pgx.ConnConfig, error) {
	if url == "" {
		return nil, hinted(errors.New("no database URL"), "give one with --url, --branch or DATABASE_URL")
	}
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, hinted(errors.New("the database URL can't be parsed"),
			"it looks like postgres://user:password@host:5432/database; special characters in the password are written %40 and the like")
	}
	return cfg, nil
}

// checkDirect refuses the host names of Neon's pooler.
func checkDirect(cfg *pgx.ConnConfig) error {
	hosts := []string{cfg.Host}
	for _, f := range cfg.Fallbacks {
		hosts = append(hosts, f.Host)
	}
	for _, h := range hosts {
		label, rest, _ := strings.Cut(h, ".")
		if direct, ok := strings.CutSuffix(label, "-pooler"); ok {
			if rest != "" {
				direct += "." + rest
			}
			return hinted(fmt.Errorf("%w: host %s", ErrPooledURL, h),
				"migrations need the direct URL (DATABASE_URL_UNPOOLED), its host is "+direct)
		}
	}
	return nil
}

// connect opens the pinned connection.
func connect(ctx context.Context, url string) (*session, error) {
	cfg, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	if err := checkDirect(cfg); err != nil {
		return nil, err
	}
	// A canceled context cancels the statement and keeps the connection, so that
	// what happened can still be rolled back and recorded.
	cfg.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: cancelWait}
	}
	s := &session{url: url}
	cfg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if s.onNotice != nil {
			s.onNotice(n)
		}
	}
	s.db = stdlib.OpenDB(*cfg)
	if cfg.RuntimeParams["search_path"] == "" {
		s.searchPath = "public"
	}
	deadline := time.Now().Add(connectWait)
	for {
		s.conn, err = s.db.Conn(ctx)
		if err == nil {
			// Servers before 14 and some systems can't.
			_, check := s.ExecContext(ctx, "SET client_connection_check_interval = '1s'")
			s.noticing, s.pid = check == nil, s.backend()
			return s, nil
		}
		if sqlState(err) != "57P03" || time.Now().After(deadline) || sleep(ctx, 200*time.Millisecond) != nil {
			_ = s.db.Close()
			return nil, hinted(fmt.Errorf("connect: %w", err), connectHint(err))
		}
	}
}

// close gives the connection back to the server.
func (s *session) close() error {
	err := s.conn.Close()
	if errors.Is(err, sql.ErrConnDone) {
		err = nil
	}
	return errors.Join(err, s.db.Close())
}

// reset brings the session's settings back to their start, so that a file's SET
// doesn't reach the next one.
func (s *session) reset(ctx context.Context, lockTimeout time.Duration) error {
	q := "RESET ALL; SET lock_timeout = " + milliseconds(lockTimeout)
	if s.noticing {
		q += "; SET client_connection_check_interval = '1s'"
	}
	if s.searchPath != "" {
		q += "; SET search_path = " + pgx.Identifier{s.searchPath}.Sanitize()
	}
	_, err := s.ExecContext(ctx, q)
	return err
}

// milliseconds writes d for SET; negative means without limit, which is 0.
func milliseconds(d time.Duration) string {
	return fmt.Sprintf("'%dms'", max(d, 0).Milliseconds())
}

// txStatus is the connection's transaction status: 'I' for none, 'T', 'E' for
// a failed one, 0 for a lost connection.
func (s *session) txStatus() (status byte) {
	_ = s.raw(func(c *pgx.Conn) error {
		if !c.IsClosed() {
			status = c.PgConn().TxStatus()
		}
		return nil
	})
	return status
}

// raw runs f on pgx's own connection.
func (s *session) raw(f func(*pgx.Conn) error) error {
	return s.conn.Raw(func(c any) error { return f(c.(*stdlib.Conn).Conn()) })
}

// ExecContext implements schema.ExecQuerier. A statement without arguments goes
// to pgconn, which keeps the error of a lost connection; database/sql would make
// driver.ErrBadConn of it.
func (s *session) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if len(args) > 0 {
		return s.conn.ExecContext(ctx, query, args...)
	}
	var tag pgconn.CommandTag
	err := s.raw(func(c *pgx.Conn) error {
		open := !c.IsClosed()
		results, err := c.PgConn().Exec(ctx, query).ReadAll()
		if open && errors.Is(err, pgconn.ErrConnClosed) {
			// pgx takes the statement for one that was never sent.
			err = errLost
		}
		if n := len(results); n > 0 {
			tag = results[n-1].CommandTag
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return result(tag.RowsAffected()), nil
}

// QueryContext implements schema.ExecQuerier.
func (s *session) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.conn.QueryContext(ctx, query, args...)
}

// result is the sql.Result of a statement without arguments.
type result int64

func (r result) LastInsertId() (int64, error) { return 0, errors.ErrUnsupported }
func (r result) RowsAffected() (int64, error) { return int64(r), nil }

// sqlState returns the SQLSTATE of err, or "".
func sqlState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// errLost is a statement of which nobody knows whether it ran to its end.
var errLost = errors.New("the connection was lost while the statement ran")

// lost tells whether err is that of a connection which broke.
func lost(err error) bool {
	var op *net.OpError
	return errors.Is(err, errLost) || errors.Is(err, sqldriver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, pgconn.ErrConnClosed) || errors.As(err, &op) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// sleep waits for d or until ctx is done.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
