package neon

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Commit implements dialect.Tx. Without a statement it costs nothing. When the
// answer is lost the error is an *UnknownCommitError.
func (tx *Tx) Commit() error {
	tx.closeRows()
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.done {
		return sql.ErrTxDone
	}
	if tx.copying {
		return errCopying
	}
	if err := tx.ctx.Err(); err != nil {
		tx.rollback()
		return err
	}
	defer tx.release()
	switch {
	case tx.aborted:
		return pgx.ErrTxCommitRollback
	case tx.lost != nil:
		return fmt.Errorf("neon: the connection was lost before COMMIT, the transaction is rolled back: %w", tx.lost)
	case len(tx.queue) > 0:
		return tx.commitQueue(plainContext(tx.ctx))
	case tx.conn == nil:
		return nil
	}
	tag, err := tx.session.pg.ExecParams(plainContext(tx.ctx), "commit", nil, nil, nil, nil).Close()
	switch {
	case err == nil && tag.String() == "ROLLBACK":
		return pgx.ErrTxCommitRollback
	case err == nil:
		return nil
	case pgconn.SafeToRetry(err):
		return fmt.Errorf("neon: COMMIT was not sent, the transaction is rolled back: %w", err)
	case tx.session.pg.IsClosed():
		insist(tx.session.pg, err)
		return &UnknownCommitError{Op: "commit", Err: err}
	}
	return err
}

// errCopying refuses the end of a transaction to those who make the rows of its
// COPY.
var errCopying = errors.New("neon: a COPY of the transaction is running")

// Rollback implements dialect.Tx. Without a statement it costs nothing; on a
// lost connection the server has rolled back already.
func (tx *Tx) Rollback() error {
	tx.closeRows()
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.done {
		return sql.ErrTxDone
	}
	if tx.copying {
		return errCopying
	}
	return tx.rollback()
}

// rollback ends the transaction, also when its context has ended.
func (tx *Tx) rollback() error {
	defer tx.release()
	if tx.conn == nil || tx.session.pg.IsClosed() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tx.ctx), rollbackTimeout)
	defer cancel()
	_, err := tx.session.pg.ExecParams(ctx, "rollback", nil, nil, nil, nil).Close()
	return err
}

// release gives the connection back; the pool destroys one that is not idle.
func (tx *Tx) release() {
	tx.done = true
	if tx.stop != nil {
		tx.stop()
	}
	if tx.conn != nil {
		tx.conn.Release()
		tx.conn, tx.session = nil, nil
	}
}

// closeRows closes what the caller has left open, as database/sql does.
func (tx *Tx) closeRows() {
	tx.mu.Lock()
	open := tx.busy
	tx.mu.Unlock()
	switch {
	case open == nil:
	case open.outer != nil:
		_ = open.outer.Close()
	default:
		_ = open.Close()
	}
}

// expire rolls back when the context of the transaction ends. Rows that are
// being read belong to another goroutine: they are made to fail, and give the
// connection back.
func (tx *Tx) expire() {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	switch {
	case tx.done:
	case tx.busy != nil, tx.copying:
		tx.expired = true
		_ = tx.session.pg.Conn().SetDeadline(time.Unix(1, 0))
	default:
		_ = tx.rollback()
	}
}
