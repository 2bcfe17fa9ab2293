package migration

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// OnServer returns a Dev that makes its databases on the server at adminURL,
// whose role must have the right to create databases. Their names begin with
// espalier_dev_.
func OnServer(adminURL string) Dev {
	return func(ctx context.Context) (string, func(context.Context) error, error) {
		name := "espalier_dev_" + strings.ToLower(rand.Text()[:16])
		target, err := withDatabase(adminURL, name)
		if err != nil {
			return "", nil, err
		}
		if err := adminExec(ctx, adminURL, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE template0"); err != nil {
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
	drop func(context.Context) error
}

// openDev makes a dev database and connects to it.
func openDev(ctx context.Context, dev Dev) (*devDatabase, error) {
	url, drop, err := dev(ctx)
	if err != nil {
		return nil, err
	}
	d := &devDatabase{drop: drop}
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
