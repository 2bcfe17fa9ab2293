package sqlgraph

import (
	"context"
	stdsql "database/sql"

	"entgo.io/ent/dialect"
	ent "entgo.io/ent/dialect/sql/sqlgraph"
	"entgo.io/ent/schema/field"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// CreateNode is [ent.CreateNode] in one round trip, which also reads back the
// columns that the client set no value for, such as those with a default in the
// database. Edges in other tables go along: with an id made by the client as
// ent's own statements in one flush, with one made by the database in one
// statement.
//
// It is ent's function for drivers other than neon's, for an upsert with such
// edges, for ids of types that only the database knows, and, in a transaction
// of the caller, for several edges whose failed checks must not end it.
func CreateNode(ctx context.Context, drv dialect.Driver, spec *CreateSpec) error {
	withEdges := anyExternal(spec.Edges)
	switch {
	case spec.Upserted != nil && (!native(drv) || withEdges):
		return ErrUpserted
	case !native(drv):
		return ent.CreateNode(ctx, drv, &spec.CreateSpec)
	case withEdges && len(spec.OnConflict) > 0:
		return stockCreate(ctx, drv, spec, reasonUpsert)
	case withEdges && inTx(drv) && len(linked(spec.Edges)) > 1:
		return stockCreate(ctx, drv, spec, reasonChecks)
	}
	rec, err := record(drv, func(d dialect.Driver) error { return ent.CreateNode(ctx, d, &spec.CreateSpec) })
	if err != nil {
		return err
	}
	c := &create{ctx: ctx, drv: drv, spec: spec, rec: rec}
	if len(spec.OnConflict) == 0 {
		c.absent = spec.absent()
	}
	switch {
	case spec.Upserted != nil:
		return c.upsert()
	case rec.query != nil && withEdges:
		return c.cte()
	case rec.query != nil:
		return c.insertID(rec.query.query, rec.query.args)
	case len(rec.execs) == 1:
		return c.insert()
	}
	return c.flush()
}

// stockCreate creates the node as ent does.
func stockCreate(ctx context.Context, drv dialect.Driver, spec *CreateSpec, reason string) error {
	fellBack(ctx, drv, "create in "+spec.Table, reason)
	return ent.CreateNode(ctx, drv, &spec.CreateSpec)
}

// create runs the recorded statements of one CreateNode.
type create struct {
	ctx  context.Context
	drv  dialect.Driver
	spec *CreateSpec
	rec  *recorder
	// absent are the columns to read back.
	absent []string
}

// insertID runs an INSERT that returns the id first.
func (c *create) insertID(query string, args []any) error {
	if len(c.absent) > 0 {
		query += sql.Dialect(c.drv.Dialect()).String(func(b *sql.Builder) { b.Comma().IdentComma(c.absent...) })
	}
	rows := &sql.Rows{}
	if err := c.drv.Query(c.ctx, query, args, rows); err != nil {
		return err
	}
	defer rows.Close()
	if err := c.readID(rows); err != nil {
		return err
	}
	// Whatever fails late in the statement shows at its end.
	for rows.Next() {
	}
	return rows.Err()
}

// readID reads the id, as ent does, and the absent columns behind it.
func (c *create) readID(rows sql.ColumnScanner, more ...any) error {
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return stdsql.ErrNoRows
	}
	var values []any
	if len(c.absent) > 0 {
		var err error
		if values, err = c.spec.ScanValues(c.absent); err != nil {
			return err
		}
	}
	id, number := c.spec.ID, int64(0)
	dest := make([]any, 1, 1+len(values)+len(more))
	_, scanner := id.Value.(field.ValueScanner)
	switch {
	case scanner:
		dest[0] = id.Value
	case id.Type.Numeric():
		dest[0] = &number
	default:
		dest[0] = &id.Value
	}
	dest = append(append(dest, values...), more...)
	if err := rows.Scan(dest...); err != nil {
		return err
	}
	if !scanner && id.Type.Numeric() {
		id.Value = number
	}
	if len(values) == 0 {
		return nil
	}
	return c.spec.Assign(c.absent, values)
}

// insert runs an INSERT whose id is known, or that has none.
func (c *create) insert() error {
	stmt := c.rec.execs[0]
	if waits(c.ctx, c.drv, c.spec) {
		return c.later([]statement{c.first()})
	}
	if len(c.absent) == 0 {
		return c.drv.Exec(c.ctx, stmt.query, stmt.args, nil)
	}
	rows := &sql.Rows{}
	if err := c.drv.Query(c.ctx, stmt.query+returning(c.drv, c.absent), stmt.args, rows); err != nil {
		return err
	}
	defer rows.Close()
	if err := c.readAbsent(rows); err != nil {
		return err
	}
	for rows.Next() {
	}
	return rows.Err()
}

func (c *create) readAbsent(rows *sql.Rows) error {
	_, err := scan(rows, c.absent, c.spec.ScanValues, c.spec.Assign)
	return err
}

// flush runs an INSERT with a known id and its edges as one.
func (c *create) flush() error {
	var (
		guards = !inTx(c.drv)
		links  = linked(c.spec.Edges)
		link   = 0
		batch  = make([]statement, 0, len(c.rec.execs))
	)
	for i, e := range c.rec.execs {
		stmt := statement{query: e.query, args: e.args}
		switch {
		case i == 0:
			stmt = c.first()
		case e.counted:
			if guards {
				stmt.query = guarded(i, e.query, len(links[link].Target.Nodes))
			}
			link++
		}
		batch = append(batch, stmt)
	}
	if len(links) == 0 && waits(c.ctx, c.drv, c.spec) {
		return c.later(batch)
	}
	sent, err := send(c.ctx, c.drv, batch)
	switch {
	case err == errRefused:
		return stockCreate(c.ctx, c.drv, c.spec, reasonRefused)
	case err != nil:
		return c.failure(err)
	case guards:
		return nil
	}
	link = 0
	for i, e := range c.rec.execs {
		if !e.counted {
			continue
		}
		if int(sent.RowsAffected(i)) < len(links[link].Target.Nodes) {
			return connected(c.ctx, c.drv, links[link])
		}
		link++
	}
	return nil
}

// failure lets ent make its error of what the server said.
func (c *create) failure(err error) error {
	index, inner := cause(err)
	if index < 0 {
		return err
	}
	again := &replay{dialect: c.drv.Dialect(), errs: map[int]error{}, counts: map[int]int64{}}
	for i := range c.rec.execs {
		again.counts[i] = enough
	}
	if guard, ok := failedGuard(inner); ok {
		again.counts[guard] = 0
	} else {
		again.errs[index] = inner
	}
	if err := ent.CreateNode(c.ctx, again, &c.spec.CreateSpec); err != nil {
		return err
	}
	return inner
}
