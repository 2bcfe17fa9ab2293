package sqlgraph

import (
	"context"
	"errors"
	"fmt"

	"entgo.io/ent/dialect"
	ent "entgo.io/ent/dialect/sql/sqlgraph"
)

// UpdateBulk runs many updates of single nodes as one. Each goes its own way,
// hooks and checks included, up to its UpdateNode, which waits there for the
// others: those with hooks nested, as in ent's CreateBulk.
type UpdateBulk struct {
	// N is the number of updates.
	N int
	// Types are the Postgres types of the table's columns.
	Types map[string]string
	// Hooked reports whether the update has hooks.
	Hooked func(i int) bool
	// Save runs the update with the index. The context of its UpdateNode is one
	// of [UpdateBulk.With], its error one of [UpdateBulk.Cause].
	Save func(i int) error
	// Fail makes the error of the caller's package.
	Fail func(error) error

	specs []*UpdateSpec
	ran   bool
}

// MissingError tells which nodes of a bulk update don't exist, or don't meet
// the conditions of their update.
type MissingError struct {
	// IDs are the keys of the nodes, the first 1,000 of them at most; of a
	// composite key a slice.
	IDs []any
	// Err is the error of the generated package for a node that was not found.
	Err error
}

func (e *MissingError) Error() string {
	const most = 5
	if len(e.IDs) > most {
		return fmt.Sprintf("%v: ids %v and %d more", e.Err, e.IDs[:most], len(e.IDs)-most)
	}
	return fmt.Sprintf("%v: ids %v", e.Err, e.IDs)
}

func (e *MissingError) Unwrap() error { return e.Err }

// errCut tells that a hook has ended the chain of the hooks.
var errCut = errors.New("neon: a hook returned without the next: nothing was updated")

type updateBulkKey struct{}

// bulkStep is one update of a bulk.
type bulkStep struct {
	*UpdateBulk
	index int
}

// With is the context for the UpdateNode of an update, and for nothing else.
func (b *UpdateBulk) With(ctx context.Context, i int) context.Context {
	return context.WithValue(ctx, updateBulkKey{}, &bulkStep{b, i})
}

func updateBulkOf(ctx context.Context) *bulkStep {
	b, _ := ctx.Value(updateBulkKey{}).(*bulkStep)
	return b
}

// bulkError passes through generated code, which would wrap it at each step.
type bulkError struct{ err error }

func (e *bulkError) Error() string { return "neon: bulk update" }

// Cause is the error of the bulk.
func (b *UpdateBulk) Cause(err error) error {
	if e, ok := err.(*bulkError); ok {
		return e.err
	}
	return err
}

// Run runs the updates.
func (b *UpdateBulk) Run() error {
	b.specs = make([]*UpdateSpec, b.N)
	if b.N == 0 {
		return nil
	}
	if err := b.from(0); err != nil {
		return err
	}
	if !b.ran {
		return errCut
	}
	return nil
}

// from collects the updates from the index on. One with hooks does so for those
// behind it.
func (b *UpdateBulk) from(i int) error {
	for ; i < b.N; i++ {
		if err := b.Save(i); err != nil || b.Hooked(i) {
			return err
		}
	}
	return nil
}

// collect is the UpdateNode of one update.
func (b *bulkStep) collect(ctx context.Context, drv dialect.Driver, spec *UpdateSpec) error {
	b.specs[b.index] = spec
	var err error
	switch last := b.index == b.N-1; {
	case last:
		b.ran = true
		if err = b.flush(ctx, drv); err != nil {
			err = b.Fail(err)
		}
	case b.Hooked(b.index):
		err = b.from(b.index + 1)
	}
	if err != nil {
		return &bulkError{err}
	}
	return nil
}

func (b *UpdateBulk) flush(ctx context.Context, drv dialect.Driver) error {
	if !native(drv) {
		return b.stock(ctx, drv)
	}
	plan, err := b.plan(ctx, drv)
	switch {
	case err != nil:
		return err
	case plan == nil:
		return b.stock(ctx, drv)
	}
	return plan.run()
}

// stock runs ent's own updates one by one, in one transaction.
func (b *UpdateBulk) stock(ctx context.Context, drv dialect.Driver) error {
	tx, err := drv.Tx(ctx)
	if err != nil {
		return err
	}
	missing := &MissingError{}
	for _, spec := range b.specs {
		err := ent.UpdateNode(ctx, held{tx, drv.Dialect()}, spec)
		if _, ok := err.(*NotFoundError); ok {
			missing.add(spec)
			continue
		}
		if err != nil {
			return rollback(tx, err)
		}
	}
	if len(missing.IDs) > 0 {
		return rollback(tx, missing)
	}
	return tx.Commit()
}

// rollback is that of ent.
func rollback(tx dialect.Tx, err error) error {
	if rerr := tx.Rollback(); rerr != nil {
		return fmt.Errorf("%w: %v", err, rerr)
	}
	return err
}

const maxMissing = 1000

func (e *MissingError) add(spec *UpdateSpec) {
	if len(e.IDs) == maxMissing {
		return
	}
	if spec.Node.ID != nil {
		e.IDs = append(e.IDs, spec.Node.ID.Value)
		return
	}
	var key []any
	for _, f := range spec.Node.CompositeID {
		key = append(key, f.Value)
	}
	e.IDs = append(e.IDs, key)
}

// held is a driver in a transaction, which it never ends.
type held struct {
	dialect.ExecQuerier
	name string
}

func (h held) Dialect() string                        { return h.name }
func (h held) Close() error                           { return nil }
func (h held) Commit() error                          { return nil }
func (h held) Rollback() error                        { return nil }
func (h held) Tx(context.Context) (dialect.Tx, error) { return h, nil }
