// Package intx runs functions in transactions for the generated client: with
// retries, and with savepoints where one is under way. Generated code calls it.
package intx

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	entdialect "entgo.io/ent/dialect"

	"github.com/espalier-go/espalier/neon"
)

// attempts is how often a transaction is tried before its error goes to the
// caller.
const attempts = 4

// Run calls once until it succeeds or fails for good: an error after which the
// whole transaction may run again, by neon.IsRetryableTx, is worth another
// attempt after a short pause.
func Run(ctx context.Context, once func() error) error {
	for try := 1; ; try++ {
		err := once()
		if err == nil || try == attempts || !neon.IsRetryableTx(err) {
			return err
		}
		pause := time.Duration(try) * 10 * time.Millisecond
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause + rand.N(pause)):
		}
	}
}

// Tx is a transaction that Run has begun.
type Tx interface {
	Commit() error
	Rollback() error
}

// Finish runs fn and commits, or rolls back after an error or a panic.
func Finish(tx Tx, fn func() error) error {
	done := false
	defer func() {
		if !done {
			_ = tx.Rollback()
		}
	}()
	err := fn()
	done = true
	if err != nil {
		if rerr := tx.Rollback(); rerr != nil {
			return errors.Join(err, fmt.Errorf("roll back: %w", rerr))
		}
		return err
	}
	return tx.Commit()
}

type depthKey struct{}

// Savepoint runs fn in a savepoint of the transaction that drv is. An error or a
// panic undoes what fn has done and leaves the transaction usable.
func Savepoint(ctx context.Context, drv entdialect.ExecQuerier, fn func(context.Context) error) error {
	depth, _ := ctx.Value(depthKey{}).(int)
	name := fmt.Sprintf("espalier_%d", depth+1)
	if err := drv.Exec(ctx, "SAVEPOINT "+name, []any{}, nil); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	undo := func() error {
		// The context of fn may have ended; the transaction's has not.
		return drv.Exec(context.WithoutCancel(ctx), "ROLLBACK TO SAVEPOINT "+name, []any{}, nil)
	}
	done := false
	defer func() {
		if !done {
			_ = undo()
		}
	}()
	err := fn(context.WithValue(ctx, depthKey{}, depth+1))
	done = true
	if err != nil {
		if uerr := undo(); uerr != nil {
			return errors.Join(err, fmt.Errorf("roll back to savepoint: %w", uerr))
		}
		return err
	}
	return drv.Exec(ctx, "RELEASE SAVEPOINT "+name, []any{}, nil)
}
