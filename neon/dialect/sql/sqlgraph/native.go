package sqlgraph

import (
	"context"

	"entgo.io/ent/dialect"
	ent "entgo.io/ent/dialect/sql/sqlgraph"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// native reports whether statements of the driver reach neon's.
func native(drv dialect.ExecQuerier) bool {
	d, ok := drv.(interface{ Dialect() string })
	return ok && sql.IsNative(d.Dialect())
}

// inTx reports whether the driver is a transaction of the caller: an error of
// the server would then take the whole transaction with it, where one that ent
// finds by itself doesn't.
func inTx(drv dialect.Driver) bool {
	for {
		if _, ok := drv.(dialect.Tx); ok {
			return true
		}
		debug, ok := drv.(*dialect.DebugDriver)
		if !ok {
			return false
		}
		drv = debug.Driver
	}
}

// external reports whether an edge is kept in another table than the node.
func external(e *EdgeSpec) bool {
	return e.Rel == ent.M2M || e.Rel == ent.O2M || e.Rel == ent.O2O && !e.Inverse
}

func anyExternal(edges []*EdgeSpec) bool {
	for _, e := range edges {
		if external(e) {
			return true
		}
	}
	return false
}

func externalUpdate(spec *UpdateSpec) bool {
	return anyExternal(spec.Edges.Add) || anyExternal(spec.Edges.Clear)
}

// linked returns the edges that ent adds by setting a foreign key in another
// table, in its order. Each must find all of its nodes unlinked.
func linked(edges []*EdgeSpec) []*EdgeSpec {
	var out []*EdgeSpec
	for _, rel := range []Rel{ent.O2M, ent.O2O} {
		for _, e := range edges {
			if e.Rel == rel && !(rel == ent.O2O && e.Inverse) {
				out = append(out, e)
			}
		}
	}
	return out
}

// connected is ent's own error for a node that is linked to another already.
func connected(ctx context.Context, drv dialect.Driver, edge *EdgeSpec) error {
	spec := &ent.CreateSpec{ID: &FieldSpec{Column: "id", Value: 0}, Edges: []*EdgeSpec{edge}}
	return ent.CreateNode(ctx, &replay{dialect: drv.Dialect()}, spec)
}
