package sqlgraph

import (
	"context"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// updatePlan is the flush of a bulk update: one statement for all updates that
// only set columns, and those of ent for each that does more. It has the effect
// of the updates in their order: arrays end where a node comes again, and at an
// update that may look at others.
type updatePlan struct {
	ctx    context.Context
	drv    dialect.Driver
	guards bool
	parts  []updatePart
	// open are the arrays that may still grow, seen the nodes in them.
	open []*updateArrays
	seen map[string]bool
}

// updatePart makes some of the statements, and knows what their failure means.
type updatePart interface {
	statements(guards bool) []statement
	// settle looks at the result where there were no guards.
	settle(sent *neon.Batch, first int, missing *MissingError) error
	failure(index int, inner error) error
}

// plan sorts the updates. It is nil when one of them has to run as ent runs it.
func (b *UpdateBulk) plan(ctx context.Context, drv dialect.Driver) (*updatePlan, error) {
	p := &updatePlan{ctx: ctx, drv: drv, guards: !inTx(drv), seen: make(map[string]bool, len(b.specs))}
	var key []byte
	for _, spec := range b.specs {
		ok := false
		if key, ok = appendKey(key[:0], spec); ok {
			if p.seen[string(key)] {
				p.close()
			}
			if p.add(b.Types, spec) {
				p.seen[string(key)] = true
				continue
			}
		}
		u, err := newUpdate(ctx, drv, spec)
		if err != nil {
			return nil, err
		}
		if u == nil {
			return nil, nil
		}
		p.close()
		p.parts = append(p.parts, &aloneUpdate{u})
	}
	p.close()
	return p, nil
}

// close ends the arrays.
func (p *updatePlan) close() {
	for _, a := range p.open {
		p.parts = append(p.parts, a)
	}
	p.open = nil
	clear(p.seen)
}

// keyFields are the columns of the node's key with their values.
func keyFields(spec *UpdateSpec) []*FieldSpec {
	if spec.Node.ID != nil {
		return []*FieldSpec{spec.Node.ID}
	}
	return spec.Node.CompositeID
}

// appendKey writes the key of the node as text.
func appendKey(buf []byte, spec *UpdateSpec) ([]byte, bool) {
	if id := spec.Node.ID; id != nil {
		return sql.AppendArrayElement(buf, id.Value)
	}
	for _, f := range spec.Node.CompositeID {
		var ok bool
		if buf, ok = sql.AppendArrayElement(append(buf, ','), f.Value); !ok {
			return buf, false
		}
	}
	return buf, len(buf) > 0
}

// add puts an update among those of the same columns to return, if it does no
// more than to set columns.
func (p *updatePlan) add(types map[string]string, spec *UpdateSpec) bool {
	for _, a := range p.open {
		if sameColumns(a.specs[0].Node.Columns, spec.Node.Columns) {
			return a.add(spec)
		}
	}
	a := newUpdateArrays(types, spec)
	if a == nil || !a.add(spec) {
		return false
	}
	p.open = append(p.open, a)
	return true
}

func sameColumns(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	if len(a) == 0 || &a[0] == &b[0] {
		return true
	}
	return strings.Join(a, "\x00") == strings.Join(b, "\x00")
}

func (p *updatePlan) run() error {
	var all []statement
	first := make([]int, len(p.parts)+1)
	for i, part := range p.parts {
		all = append(all, part.statements(p.guards)...)
		first[i+1] = len(all)
	}
	sent, err := send(p.ctx, p.drv, all)
	if err != nil {
		index, inner := cause(err)
		for i, part := range p.parts {
			if index >= first[i] && index < first[i+1] {
				return part.failure(index-first[i], inner)
			}
		}
		return err
	}
	missing := &MissingError{}
	for i, part := range p.parts {
		if p.guards {
			break
		}
		if err := part.settle(sent, first[i], missing); err != nil {
			return err
		}
	}
	if len(missing.IDs) > 0 {
		return missing
	}
	return nil
}

// aloneUpdate is an update with statements of its own.
type aloneUpdate struct{ *update }

func (u *aloneUpdate) statements(guards bool) []statement {
	if !u.isSingle() {
		return u.update.statements(guards)
	}
	query, args := u.text()
	if !guards {
		return []statement{{query: query, args: args, read: func(rows *sql.Rows) error {
			err := u.scan(rows)
			if _, missing := err.(*NotFoundError); missing {
				u.missing = err
				return nil
			}
			return err
		}}}
	}
	// There is a row in any case, so that the guard is looked at.
	query = "WITH node AS (" + query + ") SELECT node.*, (SELECT " + guardExpr(len(u.rec.execs), "count(*)", 1) +
		" FROM node) FROM (SELECT 1) AS one LEFT JOIN node ON true"
	return []statement{{query: query, args: args, read: func(rows *sql.Rows) error {
		return u.scan(&narrow{ColumnScanner: rows, columns: len(u.spec.Node.Columns)})
	}}}
}

func (u *aloneUpdate) settle(sent *neon.Batch, first int, missing *MissingError) error {
	if u.isSingle() {
		if u.missing != nil {
			missing.add(u.spec)
		}
		return nil
	}
	err := u.update.settle(sent, first)
	if _, ok := err.(*NotFoundError); ok {
		missing.add(u.spec)
		return nil
	}
	return err
}

func (u *aloneUpdate) failure(index int, inner error) error {
	err := u.update.failure(index, inner)
	if _, ok := err.(*NotFoundError); ok {
		missing := &MissingError{}
		missing.add(u.spec)
		return missing
	}
	return err
}

// narrow hides the columns behind the first ones.
type narrow struct {
	sql.ColumnScanner
	columns int
}

func (n *narrow) Scan(dest ...any) error {
	return n.ColumnScanner.Scan(append(dest, new(any))...)
}
