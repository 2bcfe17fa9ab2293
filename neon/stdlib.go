package neon

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// DB returns a *sql.DB of pgx/v5/stdlib over the driver's connections, for
// migration tools and raw SQL. It belongs to the driver, whose Close closes it.
//
// A write or a COMMIT whose connection is lost fails with an *UnknownCommitError,
// where stdlib alone lets database/sql run it again (pgx 5.9 to 5.12 at least).
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

// state is that of the connection before a statement.
type state struct{ closed, inTx bool }

func (c *dbConn) state() state {
	pg := c.Conn.Conn().PgConn()
	return state{pg.IsClosed(), pg.TxStatus() != 'I'}
}

// honest replaces the error of a connection that broke while the statement ran.
// Only a read may go on as ErrBadConn: database/sql runs it again.
func (c *dbConn) honest(before state, text string, err error) error {
	if err == nil || before.closed || !c.Conn.Conn().IsClosed() || !before.inTx && isRead(text) {
		return err
	}
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, pgconn.ErrConnClosed) {
		err = errLost
	}
	return lostWrite(err, &statement{text: text, inTx: before.inTx})
}

// BeginTx implements driver.ConnBeginTx.
func (c *dbConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	return dbTx{tx, c}, nil
}

type dbTx struct {
	driver.Tx
	conn *dbConn
}

// Commit implements driver.Tx.
func (tx dbTx) Commit() error {
	before := tx.conn.state()
	err := tx.Tx.Commit()
	if err == nil || !tx.conn.Conn.Conn().IsClosed() {
		return err
	}
	if before.closed {
		return fmt.Errorf("neon: the connection was lost before COMMIT, the transaction is rolled back: %w", errLost)
	}
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, pgconn.ErrConnClosed) {
		err = errLost
	}
	return &UnknownCommitError{Op: "commit", Err: err}
}

// ExecContext implements driver.ExecerContext.
func (c *dbConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	before := c.state()
	res, err := c.Conn.ExecContext(ctx, query, args)
	return res, c.honest(before, query, err)
}

// QueryContext implements driver.QueryerContext.
func (c *dbConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	before := c.state()
	rows, err := c.Conn.QueryContext(ctx, query, args)
	return c.honestRows(before, query, rows, err)
}

func (c *dbConn) honestRows(before state, text string, rows driver.Rows, err error) (driver.Rows, error) {
	std, ok := rows.(*stdlib.Rows)
	if err != nil || !ok {
		return rows, c.honest(before, text, err)
	}
	return &dbRows{std, c, before, text}, nil
}

// dbRows are the rows of a statement that may be a write.
type dbRows struct {
	*stdlib.Rows
	conn   *dbConn
	before state
	text   string
}

// Next implements driver.Rows.
func (r *dbRows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	if err == io.EOF {
		return err
	}
	return r.conn.honest(r.before, r.text, err)
}

// Close implements driver.Rows.
func (r *dbRows) Close() error { return r.conn.honest(r.before, r.text, r.Rows.Close()) }

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
	before := s.conn.state()
	res, err := s.Stmt.ExecContext(ctx, args)
	return res, s.conn.honest(before, s.text, err)
}

// QueryContext implements driver.StmtQueryContext.
func (s *dbStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	before := s.conn.state()
	rows, err := s.Stmt.QueryContext(ctx, args)
	return s.conn.honestRows(before, s.text, rows, err)
}
