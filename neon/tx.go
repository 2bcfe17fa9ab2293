package neon

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// rollbackTimeout bounds the ROLLBACK of a transaction whose context has ended.
const rollbackTimeout = 5 * time.Second

// Tx is a transaction. BEGIN goes with its first statement; one without
// statements takes no connection and costs nothing. When the context of the
// transaction ends it is rolled back. It is not safe for concurrent use.
type Tx struct {
	driver *Driver
	ctx    context.Context
	begin  string
	stop   func() bool

	mu      sync.Mutex
	conn    *pgxpool.Conn
	session *session
	busy    *rows
	done    bool
	// copying tells that a COPY has the connection.
	copying bool
	// queue waits for the next statement that can't.
	queue []*Batch
	// expired tells that the context ended while rows were open.
	expired bool
	// lost is why the connection ended.
	lost error
	// aborted tells that the server refused the first flush before it began: to
	// the caller that is a failed transaction like any other.
	aborted bool
}

var _ dialect.Tx = (*Tx)(nil)

// Tx implements dialect.Driver.
func (d *Driver) Tx(ctx context.Context) (dialect.Tx, error) {
	return d.BeginTx(ctx, nil)
}

// BeginTx starts a transaction with an isolation level or read only.
func (d *Driver) BeginTx(ctx context.Context, opts *sql.TxOptions) (dialect.Tx, error) {
	begin, err := beginText(opts)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	tx := &Tx{driver: d, ctx: ctx, begin: begin}
	if ctx.Done() != nil {
		tx.stop = context.AfterFunc(ctx, tx.expire)
	}
	return tx, nil
}

func beginText(opts *sql.TxOptions) (string, error) {
	if opts == nil {
		return "begin", nil
	}
	text := "begin"
	switch opts.Isolation {
	case sql.LevelDefault:
	case sql.LevelReadUncommitted:
		text += " isolation level read uncommitted"
	case sql.LevelReadCommitted:
		text += " isolation level read committed"
	case sql.LevelRepeatableRead, sql.LevelSnapshot:
		text += " isolation level repeatable read"
	case sql.LevelSerializable:
		text += " isolation level serializable"
	default:
		return "", fmt.Errorf("unsupported isolation: %v", opts.Isolation)
	}
	if opts.ReadOnly {
		text += " read only"
	}
	return text, nil
}

// Exec implements dialect.Tx.
func (tx *Tx) Exec(ctx context.Context, query string, args, v any) error {
	return exec(ctx, tx, query, args, v)
}

// Query implements dialect.Tx.
func (tx *Tx) Query(ctx context.Context, query string, args, v any) error {
	return runQuery(ctx, tx, query, args, v)
}

// ExecContext runs a statement. Without arguments it may hold several.
func (tx *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	tag, err := tx.exec(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return result{tag}, nil
}

// QueryContext runs a query, in one round trip as well.
func (tx *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	r, err := tx.query(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return tx.driver.bridge.rows(ctx, r)
}

// usable tells whether a statement may run now.
func (tx *Tx) usable(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case tx.done || tx.expired:
		return sql.ErrTxDone
	case tx.lost != nil:
		return fmt.Errorf("neon: the connection of the transaction is gone: %w", tx.lost)
	case tx.busy != nil, tx.copying:
		return errors.New("conn busy")
	case tx.aborted:
		return &pgconn.PgError{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: "25P02",
			Message: "current transaction is aborted, commands ignored until end of transaction block"}
	}
	return nil
}

func (tx *Tx) query(ctx context.Context, text string, args []any) (*rows, error) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if err := tx.usable(ctx); err != nil {
		return nil, err
	}
	before, err := tx.driver.settings(ctx)
	if err != nil {
		return nil, err
	}
	ctx = plainContext(ctx)
	if err := tx.flushQueue(ctx); err != nil {
		return nil, err
	}
	st := &statement{text: text, args: args, before: before, inTx: true}
	var f flight
	err = tx.run(ctx, st, func(s *session) (err error) {
		f, err = s.start(ctx, tx.driver.texts, st)
		return err
	})
	if err != nil {
		tx.failed(st, err)
		return nil, err
	}
	r := newRows(tx.driver, tx.session, f, text)
	r.tx = tx
	if !f.landed {
		tx.busy = r
	}
	return r, nil
}

// run runs the statement, the first one with BEGIN in the same flush. What fails
// there for reasons that lie before the transaction is tried again: nothing has
// been committed.
func (tx *Tx) run(ctx context.Context, st *statement, start func(*session) error) error {
	if tx.conn != nil {
		return start(tx.session)
	}
	d := tx.driver
	st.before = append([]plain{{text: tx.begin}}, st.before...)
	st.begins = true
	var tried attempts
	var held held
	defer func() {
		if held.conn != nil {
			tx.lost = errPanicked
			held.release()
		}
	}()
	for {
		pc, err := d.acquire(ctx)
		if err != nil {
			return err
		}
		held.conn = pc
		s := d.session(pc)
		fresh := !s.used
		s.used = true
		err = start(s)
		next := failed
		if err != nil {
			next = d.judge(ctx, s, st, fresh, &tried, err)
		}
		if err == nil || next == failed {
			held.conn = nil
			tx.adopt(pc, s, err)
			return err
		}
		if next == heal && s.pg.TxStatus() != 'I' {
			if _, rerr := s.pg.ExecParams(ctx, "rollback", nil, nil, nil, nil).Close(); rerr != nil {
				closeNow(s.conn)
			}
		}
		held.release()
		st.describe = next == heal
	}
}

// adopt keeps the connection of the first flush, if that has begun.
func (tx *Tx) adopt(pc *pgxpool.Conn, s *session, err error) {
	if err == nil || s.pg.TxStatus() != 'I' && !s.pg.IsClosed() {
		tx.conn, tx.session = pc, s
		return
	}
	var pgErr *pgconn.PgError
	if s.pg.IsClosed() {
		tx.lost = err
		insist(s.pg, err)
	} else {
		tx.aborted = errors.As(err, &pgErr)
	}
	pc.Release()
}

// failed notes that the connection is gone, and what is out of date.
func (tx *Tx) failed(st *statement, err error) {
	if tx.conn == nil {
		return
	}
	if tx.session.pg.IsClosed() {
		tx.lost = err
		insist(tx.session.pg, err)
		return
	}
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && staleness(pgErr) > 0 {
		st.forget(tx.session, tx.driver.texts)
		if isNameLost(pgErr) {
			tx.driver.nameLost(tx.ctx, tx.session)
		}
	}
}

func (tx *Tx) exec(ctx context.Context, text string, args []any) (pgconn.CommandTag, error) {
	if len(args) > 0 || ctx.Value(tx.driver.varsKey) != nil {
		r, err := tx.query(ctx, text, args)
		if err != nil {
			return pgconn.CommandTag{}, err
		}
		err = r.Close()
		return r.tag, err
	}
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if err := tx.usable(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	ctx = plainContext(ctx)
	if err := tx.flushQueue(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	if tx.conn != nil {
		tag, err := tx.session.execSimple(ctx, text, "")
		if err != nil {
			tx.failed(&statement{text: text}, err)
		}
		return tag, err
	}
	pc, err := tx.driver.acquire(ctx)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	s := tx.driver.session(pc)
	s.used = true
	tag, err := s.execSimple(ctx, text, tx.begin)
	tx.adopt(pc, s, err)
	if err != nil {
		tx.failed(&statement{text: text}, err)
	}
	return tag, err
}

// rowsDone is called by rows when their answer has been read.
func (tx *Tx) rowsDone(r *rows) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.busy = nil
	if r.err != nil {
		tx.failed(&statement{text: r.text}, r.err)
	}
	if tx.expired {
		closeNow(tx.session.conn)
		tx.release()
	}
}
