package neon

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

type deferKey struct{}

// Defer lets writes of a transaction wait whose results nobody needs at once:
// creates whose ids the client makes. They go in one round trip with COMMIT, or
// before the next statement that can't wait. Use the context for the whole
// transaction:
//
//	err := client.InTx(neon.Defer(ctx), nil, func(ctx context.Context, tx *ent.Client) error {
//		return tx.Product.Create().SetName("Tea").Exec(ctx) // waits
//	})
//
// The error of a write comes later then: from the statement that had to run it,
// or from Commit, as a *DeferredError. What the database fills in is read into
// the entity at that time.
func Defer(ctx context.Context) context.Context {
	return context.WithValue(ctx, deferKey{}, true)
}

// IsDeferring reports whether the context is one of [Defer].
func IsDeferring(ctx context.Context) bool {
	on, _ := ctx.Value(deferKey{}).(bool)
	return on
}

// DeferredError says which of the writes that have waited failed.
type DeferredError struct {
	// Index counts the writes of the flush, from 0.
	Index int
	// Statement is the text of what failed.
	Statement string
	// Err is the error that the write would have returned.
	Err error
}

func (e *DeferredError) Error() string {
	return fmt.Sprintf("neon: deferred write %d: %v", e.Index+1, e.Err)
}

func (e *DeferredError) Unwrap() error { return e.Err }

// Defer lets the batch wait in a transaction; elsewhere it changes nothing. Fail
// makes of its error what the caller would have returned.
func (b *Batch) Defer(fail func(error) error) { b.fail = fail }

// waits puts the batch into the queue, if it can wait.
func (tx *Tx) waits(b *Batch, before []plain) bool {
	if b.fail == nil || len(before) > 0 {
		return false
	}
	tx.queue = append(tx.queue, b)
	return true
}

// sendQueue runs what waits, and last behind it in the same flush.
func (tx *Tx) sendQueue(ctx context.Context, last *Batch, before []plain) error {
	queue := tx.queue
	tx.queue = nil
	all := &Batch{}
	for _, b := range append(queue, last) {
		all.items = append(all.items, b.items...)
	}
	if all.Len() == 0 {
		return nil
	}
	// What is guessed wrong in the first flush is tried again.
	st := &statement{batch: all, before: before, inTx: tx.conn != nil}
	err := tx.run(ctx, st, func(s *session) error { return s.runBatch(ctx, tx.driver, st) })
	if err != nil {
		tx.failed(st, err)
	}
	var failed *BatchError
	at := 0
	for i, b := range append(queue, last) {
		copy(b.items, all.items[at:at+b.Len()])
		if errors.As(err, &failed) && failed.Index >= at && failed.Index < at+b.Len() {
			local := &BatchError{failed.Index - at, failed.Err}
			if i == len(queue) {
				return local
			}
			return &DeferredError{Index: i, Statement: b.items[local.Index].text, Err: b.fail(local)}
		}
		at += b.Len()
	}
	return err
}

// flushQueue runs what waits before a statement that can't go with it.
func (tx *Tx) flushQueue(ctx context.Context) error {
	if len(tx.queue) == 0 {
		return nil
	}
	return tx.sendQueue(ctx, &Batch{}, nil)
}

// commitQueue runs what waits and COMMIT.
func (tx *Tx) commitQueue(ctx context.Context) error {
	last := &Batch{}
	last.Queue("commit", nil, nil)
	err := tx.sendQueue(ctx, last, nil)
	switch {
	case err == nil:
		return nil
	case pgconn.SafeToRetry(err):
		return fmt.Errorf("neon: COMMIT was not sent, the transaction is rolled back: %w", err)
	case tx.lost != nil || tx.conn != nil && tx.session.pg.IsClosed():
		return &UnknownCommitError{Op: "commit", Err: err}
	}
	var failed *BatchError
	if errors.As(err, &failed) && failed.Index == 0 && !errors.As(err, new(*DeferredError)) {
		err = failed.Err // Of COMMIT itself.
	}
	if rerr := tx.rollback(); rerr != nil {
		return errors.Join(err, rerr)
	}
	return err
}
