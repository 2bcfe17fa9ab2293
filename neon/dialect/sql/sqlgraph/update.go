package sqlgraph

import (
	"context"
	"strings"

	"entgo.io/ent/dialect"
	ent "entgo.io/ent/dialect/sql/sqlgraph"

	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// UpdateNode is [ent.UpdateNode] in one round trip: one UPDATE … RETURNING, and
// with edges in other tables ent's own statements in one flush. Ent needs
// BEGIN, UPDATE, SELECT and COMMIT.
//
// It is ent's function for drivers other than neon's, for an UPDATE that a
// modifier gave a RETURNING of its own, and, in a transaction of the caller,
// for updates with edges whose failed checks must not end the transaction.
func UpdateNode(ctx context.Context, drv dialect.Driver, spec *UpdateSpec) error {
	if b := updateBulkOf(ctx); b != nil {
		return b.collect(ctx, drv, spec)
	}
	if !native(drv) {
		return ent.UpdateNode(ctx, drv, spec)
	}
	switch u, err := newUpdate(ctx, drv, spec); {
	case err != nil:
		return err
	case u == nil:
		return stockUpdate(ctx, drv, spec)
	case u.isSingle():
		return u.single()
	default:
		return u.flush()
	}
}

// stockUpdate updates the node as ent does.
func stockUpdate(ctx context.Context, drv dialect.Driver, spec *UpdateSpec) error {
	reason := reasonReturning
	if inTx(drv) && externalUpdate(spec) {
		reason = reasonChecks
	}
	fellBack(ctx, drv, "update of "+spec.Node.Table, reason)
	return ent.UpdateNode(ctx, drv, spec)
}

// newUpdate records the statements of ent. It is nil for what has to run as ent
// runs it.
func newUpdate(ctx context.Context, drv dialect.Driver, spec *UpdateSpec) (*update, error) {
	withEdges := externalUpdate(spec)
	if spec.ScanValues == nil || withEdges && inTx(drv) && (spec.Predicate != nil || len(linked(spec.Edges.Add)) > 1) {
		return nil, nil
	}
	rec, err := record(drv, func(d dialect.Driver) error { return ent.UpdateNode(ctx, d, spec) })
	if err != nil {
		return nil, err
	}
	u := &update{ctx: ctx, drv: drv, spec: spec, rec: rec, links: linked(spec.Edges.Add)}
	if u.ownReturning() || spec.Node.ID == nil && !u.isSingle() {
		return nil, nil
	}
	return u, nil
}

// isSingle reports whether the update touches no other table.
func (u *update) isSingle() bool { return !externalUpdate(u.spec) && len(u.rec.execs) <= 1 }

// update runs the recorded statements of one UpdateNode.
type update struct {
	ctx   context.Context
	drv   dialect.Driver
	spec  *UpdateSpec
	rec   *recorder
	links []*EdgeSpec
	// missing is the error for a node that was not there to read.
	missing error
}

// own is the UPDATE of the node's own table, -1 when it has none. Ent counts
// the rows of that one and of each link.
func (u *update) own() int {
	counted := 0
	for _, e := range u.rec.execs {
		if e.counted {
			counted++
		}
	}
	if counted > len(u.links) {
		return 0
	}
	return -1
}

func (u *update) ownReturning() bool {
	i := u.own()
	return i >= 0 && strings.Contains(u.rec.execs[i].query, " RETURNING ")
}

// single runs an update that touches no other table, or nothing.
func (u *update) single() error {
	query, args := u.text()
	rows := &sql.Rows{}
	if err := u.drv.Query(u.ctx, query, args, rows); err != nil {
		return err
	}
	defer rows.Close()
	return u.scan(rows)
}

// text is the one statement of an update that touches no other table, or nothing.
func (u *update) text() (string, []any) {
	if len(u.rec.execs) == 1 {
		return u.rec.execs[0].query + returning(u.drv, u.spec.Node.Columns), u.rec.execs[0].args
	}
	return u.rec.query.query, u.rec.query.args
}

// flush runs the update and its edges as one. Outside of a transaction the
// server checks the row counts, since nobody else can undo the rest.
func (u *update) flush() error {
	guards := !inTx(u.drv)
	sent, err := send(u.ctx, u.drv, u.statements(guards))
	switch {
	case err == errRefused:
		fellBack(u.ctx, u.drv, "update of "+u.spec.Node.Table, reasonRefused)
		return ent.UpdateNode(u.ctx, u.drv, u.spec)
	case err != nil:
		index, inner := cause(err)
		if index < 0 {
			return err
		}
		return u.failure(index, inner)
	case guards:
		return u.missing
	}
	return u.settle(sent, 0)
}

// statements are the update and its edges, and the node's own row at the end.
func (u *update) statements(guards bool) []statement {
	var (
		own   = u.own()
		link  = 0
		batch = make([]statement, 0, len(u.rec.execs)+2)
	)
	for i, e := range u.rec.execs {
		stmt := statement{query: e.query, args: e.args}
		switch {
		case !e.counted:
		case i == own:
			if guards && u.spec.Predicate != nil {
				stmt.query = guarded(i, e.query, 1)
			}
		default:
			if guards {
				stmt.query = guarded(i, e.query, len(u.links[link].Target.Nodes))
			}
			link++
		}
		batch = append(batch, stmt)
	}
	if guards {
		batch = append(batch, statement{
			query: "SELECT " + guardExpr(len(u.rec.execs), "count(*)", 1) + " FROM (" + u.rec.query.query + ") AS node",
			args:  u.rec.query.args,
		})
	}
	return append(batch, statement{
		query: u.rec.query.query,
		args:  u.rec.query.args,
		read: func(rows *sql.Rows) error {
			err := u.scan(rows)
			// In a transaction ent looks at the links first.
			if _, missing := err.(*NotFoundError); missing {
				u.missing = err
				return nil
			}
			return err
		},
	})
}

func (u *update) scan(rows sql.ColumnScanner) error {
	found, err := scan(rows, u.spec.Node.Columns, u.spec.ScanValues, u.spec.Assign)
	if err == nil && !found {
		return &NotFoundError{}
	}
	return err
}

// settle does the checks of ent in a transaction, where the server did not. The
// update's statements begin with the first of the batch.
func (u *update) settle(sent *neon.Batch, first int) error {
	link := 0
	for i, e := range u.rec.execs {
		if !e.counted || i == u.own() {
			continue
		}
		edge := u.links[link]
		link++
		if int(sent.RowsAffected(first+i)) < len(edge.Target.Nodes) {
			return connected(u.ctx, u.drv, edge)
		}
	}
	return u.missing
}

// failure lets ent make its error of what the server said of one statement.
func (u *update) failure(index int, inner error) error {
	again := &replay{dialect: u.drv.Dialect(), errs: map[int]error{}, counts: map[int]int64{}}
	for i := range u.rec.execs {
		again.counts[i] = enough
	}
	guard, ok := failedGuard(inner)
	switch {
	case ok && guard == len(u.rec.execs), ok && guard == u.own():
		return &NotFoundError{}
	case ok:
		again.counts[guard] = 0
	default:
		again.errs[min(index, len(u.rec.execs))] = inner
	}
	if err := ent.UpdateNode(u.ctx, again, u.spec); err != nil {
		return err
	}
	return inner
}

// returning is the RETURNING clause of columns.
func returning(drv dialect.Driver, columns []string) string {
	return sql.Dialect(drv.Dialect()).String(func(b *sql.Builder) {
		b.WriteString(" RETURNING ").IdentComma(columns...)
	})
}
