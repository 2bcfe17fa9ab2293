package seed

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// backend names a server process, also after its number was given to another.
type backend struct {
	pid     int32
	started time.Time
}

type session struct {
	conn    *pgx.Conn
	backend backend
}

func connect(ctx context.Context, url string) (*session, error) {
	cc, err := parse(url)
	if err != nil {
		return nil, err
	}
	if cc.RuntimeParams["application_name"] == "" {
		cc.RuntimeParams["application_name"] = "seed"
	}
	conn, err := pgx.ConnectConfig(ctx, cc)
	if err != nil {
		return nil, err
	}
	s := &session{conn: conn}
	// A limit that a role has for queries would end the ANALYZE of big tables.
	// Not as a start-up parameter: Neon's proxy drops those.
	_, err = conn.Exec(ctx, "set statement_timeout = 0")
	if err != nil {
		s.close()
		return nil, err
	}
	err = conn.QueryRow(ctx, "select pid, backend_start from pg_stat_activity where pid = pg_backend_pid()").
		Scan(&s.backend.pid, &s.backend.started)
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *session) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if !s.conn.IsClosed() {
		// The backend outlives the connection by some milliseconds, and the
		// next run should not find the lock taken.
		_, _ = s.conn.Exec(ctx, "select pg_advisory_unlock_all()")
	}
	_ = s.conn.Close(ctx)
}

// parse reads a URL. The parsers' errors quote pieces of it, and a password
// that isn't encoded ends up in any piece: none is passed on.
func parse(url string) (*pgx.ConnConfig, error) {
	cc, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, &Error{Err: ErrInvalidURL, Fix: "the form is postgresql://user:password@host/database?sslmode=require; " +
			"special characters of the password are percent-encoded"}
	}
	return cc, nil
}

// checkDirect refuses Neon's pooled hosts, ep-…-pooler.<region>….
func checkDirect(url string) error {
	cc, err := parse(url)
	if err != nil {
		return err
	}
	if label, _, ok := strings.Cut(cc.Host, "."); ok && strings.HasSuffix(label, "-pooler") {
		return &Error{Err: ErrPooledURL, Detail: "host " + cc.Host, Fix: "use the direct URL, whose host has no -pooler"}
	}
	return nil
}
