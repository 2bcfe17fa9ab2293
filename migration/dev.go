package migration

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// devPrefix begins the names of dev databases; the second when one was made and
// a random part follow.
const devPrefix = "espalier_dev_"

// devStale is the age from which on a dev database that nobody uses is one that
// a killed process left behind.
const devStale = time.Hour

// OnServer returns a Dev that makes its databases on the server at adminURL,
// whose role must have the right to create databases. Their names begin with
// espalier_dev_. It drops those that a killed process left there over an hour
// ago.
func OnServer(adminURL string) Dev {
	return func(ctx context.Context) (string, func(context.Context) error, error) {
		name := devName()
		target, err := withDatabase(adminURL, name)
		if err != nil {
			return "", nil, err
		}
		s, err := connect(ctx, adminURL)
		if err != nil {
			return "", nil, err
		}
		defer s.close()
		sweepDevs(ctx, s)
		if _, err := s.ExecContext(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE template0"); err != nil {
			return "", nil, hinted(fmt.Errorf("make a dev database: %w", err),
				"the role of the dev URL needs the right CREATEDB")
		}
		drop := func(ctx context.Context) error {
			if err := adminExec(ctx, adminURL, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
				return fmt.Errorf("drop a dev database: %w", err)
			}
			return nil
		}
		return target, drop, nil
	}
}

// devName is a new name that sweepDevs understands.
func devName() string {
	return fmt.Sprintf("%s%d_%s", devPrefix, time.Now().Unix(), strings.ToLower(rand.Text()[:12]))
}

// sweepDevs drops stale dev databases. It is a courtesy: what fails is left to
// the next one.
func sweepDevs(ctx context.Context, s *session) {
	rows, err := s.conn.QueryContext(ctx, `SELECT datname FROM pg_catalog.pg_database d WHERE datname LIKE $1
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)`, strings.ReplaceAll(devPrefix, "_", `\_`)+"%")
	if err != nil {
		return
	}
	var stale []string
	for rows.Next() {
		var name string
		if rows.Scan(&name) == nil && isStale(name, time.Now()) {
			stale = append(stale, name)
		}
	}
	rows.Close()
	for _, name := range stale {
		_, _ = s.ExecContext(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize())
	}
}

// isStale tells whether name is that of a dev database made devStale ago.
func isStale(name string, now time.Time) bool {
	made, _, ok := strings.Cut(strings.TrimPrefix(name, devPrefix), "_")
	second, err := strconv.ParseInt(made, 10, 64)
	return ok && err == nil && now.Sub(time.Unix(second, 0)) > devStale
}

func adminExec(ctx context.Context, url, stmt string) error {
	s, err := connect(ctx, url)
	if err != nil {
		return err
	}
	defer s.close()
	_, err = s.ExecContext(ctx, stmt)
	return err
}

// withDatabase replaces the database in a connection string.
func withDatabase(conn, name string) (string, error) {
	if _, err := parseURL(conn); err != nil {
		return "", err
	}
	out := conn + " dbname=" + name
	if strings.HasPrefix(conn, "postgres://") || strings.HasPrefix(conn, "postgresql://") {
		u, err := url.Parse(conn)
		if err != nil {
			return "", errDevURL()
		}
		q := u.Query()
		q.Del("dbname")
		u.Path, u.RawPath, u.RawQuery, u.Fragment = "/"+name, "", q.Encode(), ""
		out = u.String()
	}
	if cfg, err := pgx.ParseConfig(out); err != nil || cfg.Database != name {
		return "", errDevURL()
	}
	return out, nil
}

func errDevURL() error {
	return hinted(errors.New("the dev URL can't be parsed"), "it looks like postgres://user:password@host:5432/database")
}

// devDatabase is an open throw-away database.
type devDatabase struct {
	*session
	url  string
	drop func(context.Context) error
}

// openDev makes a dev database and connects to it.
func openDev(ctx context.Context, dev Dev) (*devDatabase, error) {
	url, drop, err := dev(ctx)
	if err != nil {
		return nil, err
	}
	d := &devDatabase{url: url, drop: drop}
	if d.session, err = connect(ctx, url); err == nil {
		err = d.reset(ctx, -1)
	}
	if err != nil {
		_ = d.close(ctx)
		return nil, fmt.Errorf("dev database: %w", err)
	}
	return d, nil
}

// close drops the database, also when ctx is canceled.
func (d *devDatabase) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if d.session != nil {
		_ = d.session.close()
	}
	return d.drop(ctx)
}
