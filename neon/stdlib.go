package neon

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5/stdlib"
)

// DB returns a *sql.DB of pgx/v5/stdlib over the driver's connections, for
// migration tools and raw SQL. It belongs to the driver, whose Close closes it.
//
// A write whose connection is lost fails with an *UnknownCommitError, where
// stdlib alone lets database/sql run it again (pgx 5.9 to 5.12 at least).
// sql.Conn.Raw gives a value whose method Conn returns the *pgx.Conn.
func (d *Driver) DB() *sql.DB {
	d.dbOnce.Do(func() {
		d.db = sql.OpenDB(dbConnector{stdlib.GetPoolConnector(d.pool), d})
		// The pool keeps the idle connections.
		d.db.SetMaxIdleConns(0)
	})
	return d.db
}

type dbConnector struct {
	driver.Connector
	driver *Driver
}

// Connect takes a connection of the pool, within the wake budget.
func (c dbConnector) Connect(ctx context.Context) (driver.Conn, error) {
	// Connecting comes first, so that its errors are retried; then there is an
	// idle connection to take.
	pc, err := c.driver.acquire(ctx)
	if err != nil {
		return nil, err
	}
	pc.Release()
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	std, ok := conn.(*stdlib.Conn)
	if !ok {
		return conn, nil
	}
	return &dbConn{std}, nil
}

// dbConn keeps database/sql from running a write twice: it takes ErrBadConn for
// a promise that nothing was sent.
type dbConn struct{ *stdlib.Conn }

// honest replaces an ErrBadConn that came up while the statement ran.
func (c *dbConn) honest(wasClosed bool, text string, err error) error {
	if wasClosed || !errors.Is(err, driver.ErrBadConn) || isRead(text) {
		return err
	}
	return &UnknownCommitError{Op: "statement", Err: errLost}
}

// ExecContext implements driver.ExecerContext.
func (c *dbConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	closed := c.Conn.Conn().IsClosed()
	res, err := c.Conn.ExecContext(ctx, query, args)
	return res, c.honest(closed, query, err)
}

// QueryContext implements driver.QueryerContext.
func (c *dbConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	closed := c.Conn.Conn().IsClosed()
	rows, err := c.Conn.QueryContext(ctx, query, args)
	return rows, c.honest(closed, query, err)
}

// PrepareContext implements driver.ConnPrepareContext.
func (c *dbConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.Conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	std, ok := stmt.(*stdlib.Stmt)
	if !ok {
		return stmt, nil
	}
	return &dbStmt{std, c, query}, nil
}

type dbStmt struct {
	*stdlib.Stmt
	conn *dbConn
	text string
}

// ExecContext implements driver.StmtExecContext.
func (s *dbStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	closed := s.conn.Conn.Conn().IsClosed()
	res, err := s.Stmt.ExecContext(ctx, args)
	return res, s.conn.honest(closed, s.text, err)
}

// QueryContext implements driver.StmtQueryContext.
func (s *dbStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	closed := s.conn.Conn.Conn().IsClosed()
	rows, err := s.Stmt.QueryContext(ctx, args)
	return rows, s.conn.honest(closed, s.text, err)
}
