package sqlgraph

import (
	"context"

	"entgo.io/ent/dialect"

	"github.com/espalier-go/espalier/neon"
)

// waits reports whether a create of a transaction may run later: the context is
// one of [neon.Defer].
func waits(ctx context.Context, drv dialect.Driver, spec *CreateSpec) bool {
	return spec.Fail != nil && neon.IsDeferring(ctx) && inTx(drv)
}

// first is the INSERT of a node whose id is known, with what it reads back.
func (c *create) first() statement {
	stmt := statement{query: c.rec.execs[0].query, args: c.rec.execs[0].args}
	if len(c.absent) > 0 {
		stmt.query += returning(c.drv, c.absent)
		stmt.read = c.readAbsent
	}
	return stmt
}

// later hands the statements to the transaction, which runs them when it has to.
func (c *create) later(statements []statement) error {
	return queue(c.ctx, c.drv, statements, func(err error) error { return c.spec.Fail(c.failure(err)) })
}

func queue(ctx context.Context, drv dialect.Driver, statements []statement, fail func(error) error) error {
	batch := &neon.Batch{}
	var args []any
	for _, s := range statements {
		batch.Queue(s.query, s.args, s.read)
		args = append(args, s.args...)
	}
	batch.Defer(fail)
	err := drv.Query(ctx, batch.String(), args, batch)
	if index, _ := cause(err); index >= 0 {
		return fail(err) // Of a transaction that lets nothing wait.
	}
	return err
}
