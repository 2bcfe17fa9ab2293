package neontest

import (
	"context"
	"database/sql"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// closeTimeout is how long a test's end waits for connections in use.
const closeTimeout = 2 * time.Second

// DB is one test's database. Its methods are safe for concurrent use.
type DB struct {
	// URL is the direct connection string, for commands and clients that the
	// test starts. It may hold a password.
	URL string

	name   string
	server *server
	pool   *pgxpool.Pool
	once   sync.Once
	sql    *sql.DB
}

func newDB(srv *server, name, test string, cfg Config) (*DB, error) {
	url := srv.databaseURL(name)
	pc, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errURL
	}
	pc.MaxConns = int32(cfg.MaxConns)
	pc.ConnConfig.RuntimeParams["application_name"] = truncate("neontest "+test, 63)
	if cfg.StatementTimeout > 0 {
		// Not as a start-up parameter: Neon's proxy drops those.
		pc.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, "set statement_timeout = "+strconv.FormatInt(cfg.StatementTimeout.Milliseconds(), 10))
			return err
		}
	}
	pc.BeforeClose = leave
	// The pool connects when it is first used: a test that only needs URL
	// costs no connection.
	pool, err := pgxpool.NewWithConfig(context.Background(), pc)
	if err != nil {
		return nil, err
	}
	return &DB{URL: url, name: name, server: srv, pool: pool}, nil
}

// Name returns the database's name.
func (db *DB) Name() string { return db.name }

// Pool returns the database's pool. It is closed when the test ends; don't
// close it.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// SQL returns a database/sql view of Pool: the same connections, the same
// limit. It is closed when the test ends; don't close it.
func (db *DB) SQL() *sql.DB {
	db.once.Do(func() { db.sql = stdlib.OpenDBFromPool(db.pool) })
	return db.sql
}

// close ends the connections and returns how many of them were still in use
// when the wait was over.
func (db *DB) close() int {
	done := make(chan struct{})
	go func() {
		defer close(done)
		db.SQL().Close()
		db.pool.Close()
	}()
	select {
	case <-done:
		return 0
	case <-time.After(closeTimeout):
		return int(db.pool.Stat().AcquiredConns())
	}
}

// leave ends the session and waits until its backend is gone: DROP DATABASE
// sleeps 100 ms where it finds one that is only just closing.
func leave(conn *pgx.Conn) {
	c := conn.PgConn().Conn()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	if b, err := (&pgproto3.Terminate{}).Encode(nil); err == nil {
		if _, err := c.Write(b); err == nil {
			_, _ = io.Copy(io.Discard, c)
		}
	}
}

func truncate(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}
