package pglocal

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
	"github.com/jackc/pgx/v5/pgconn"
)

// DatabaseOptions says what CreateDatabase makes. Its zero value works.
type DatabaseOptions struct {
	// Name is the new database's. Defaults to "espalier_" and random letters.
	Name string
	// Template is the database it is copied from. Defaults to template0.
	Template string
	// FileCopy copies the template's files instead of logging every block:
	// much faster for throw-away databases. Servers before 15 always do.
	FileCopy bool
	// Owner is the role that owns it. Defaults to the connecting role.
	Owner string
}

// Database is one that CreateDatabase made.
type Database struct {
	Name string
	// URL connects to it as adminURL connects to its own database. It may
	// hold a password.
	URL string
}

// CreateDatabase makes a database on the server of adminURL. While somebody
// is connected to the template it tries again for some seconds.
func CreateDatabase(ctx context.Context, adminURL string, opts DatabaseOptions) (Database, error) {
	if opts.Name == "" {
		opts.Name = "espalier_" + strings.ToLower(rand.Text()[:16])
	}
	if opts.Template == "" {
		opts.Template = "template0"
	}
	dbURL, err := WithDatabase(adminURL, opts.Name)
	if err != nil {
		return Database{}, err
	}
	err = onServer(ctx, adminURL, func(conn *pgx.Conn) error {
		sql := "CREATE DATABASE " + pgx.Identifier{opts.Name}.Sanitize() + " TEMPLATE " + pgx.Identifier{opts.Template}.Sanitize()
		if opts.Owner != "" {
			sql += " OWNER " + pgx.Identifier{opts.Owner}.Sanitize()
		}
		if opts.FileCopy && serverMajor(conn) >= 15 {
			sql += " STRATEGY file_copy"
		}
		for try := 1; ; try++ {
			_, err := conn.Exec(ctx, sql)
			var pg *pgconn.PgError
			// 55006: the server itself already waited 5 s for the template's users.
			if !errors.As(err, &pg) || pg.Code != "55006" || try == 3 {
				return err
			}
			if err := sleep(ctx, 50*time.Millisecond); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return Database{}, fmt.Errorf("create database %s: %w", opts.Name, err)
	}
	return Database{Name: opts.Name, URL: dbURL}, nil
}

// DropDatabase drops the database and ends its connections. It returns nil
// when there is none of that name.
func DropDatabase(ctx context.Context, adminURL, name string) error {
	err := onServer(ctx, adminURL, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
		return err
	})
	if err != nil {
		return fmt.Errorf("drop database %s: %w", name, err)
	}
	return nil
}

// WithDatabase is the connection string, URL or keywords, for another database
// of the same server.
func WithDatabase(connString, name string) (string, error) {
	if !strings.HasPrefix(connString, "postgres://") && !strings.HasPrefix(connString, "postgresql://") {
		// The last one of a keyword wins.
		quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name)
		return strings.TrimSpace(connString + " dbname='" + quoted + "'"), nil
	}
	u, err := url.Parse(connString)
	if err != nil {
		// The parser's error holds the URL, and that may hold a password.
		return "", errors.New("the connection URL can't be parsed")
	}
	u.Path, u.RawPath = "/"+name, "/"+url.PathEscape(name)
	q := u.Query()
	if q.Has("dbname") || q.Has("database") {
		q.Del("dbname")
		q.Del("database")
		u.RawQuery = q.Encode()
	}
	return u.String(), nil
}

func onServer(ctx context.Context, connString string, do func(*pgx.Conn) error) error {
	cfg, err := pgx.ParseConfig(connString)
	if err != nil {
		return err
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	err = do(conn)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(err, conn.Close(closing))
}

// serverMajor is the number that server_version begins with.
func serverMajor(conn *pgx.Conn) int {
	version := conn.PgConn().ParameterStatus("server_version")
	end := strings.IndexFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(version)
	}
	n, err := strconv.Atoi(version[:end])
	if err != nil {
		return 0
	}
	return n
}
