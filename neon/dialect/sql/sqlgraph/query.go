package sqlgraph

import (
	"context"

	"entgo.io/ent/dialect"
	ent "entgo.io/ent/dialect/sql/sqlgraph"
)

// QueryNodes is [ent.QueryNodes], which loads the nodes together with their
// edges in one statement and one snapshot where the query has some: see
// [Graph].
func QueryNodes(ctx context.Context, drv dialect.Driver, spec *QuerySpec) error {
	g := graphOf(ctx)
	if g == nil && native(drv) {
		return queryNodes(ctx, drv, spec)
	}
	if g == nil {
		return ent.QueryNodes(ctx, drv, &spec.QuerySpec)
	}
	if part := g.take(spec.Owner); part != nil && part.fits(spec) {
		return part.load(spec)
	}
	if g.root == spec.Owner && spec.Edges != nil && native(drv) {
		if len(spec.Modifiers) > 0 {
			fellBack(ctx, drv, edgeOf(spec.Owner), reasonModifiers)
		} else if p := newPlan(ctx, g, drv, spec); p != nil {
			return p.run()
		}
	}
	return ent.QueryNodes(ctx, drv, &spec.QuerySpec)
}

// CountNodes is [ent.CountNodes].
func CountNodes(ctx context.Context, drv dialect.Driver, spec *QuerySpec) (int, error) {
	return ent.CountNodes(ctx, drv, &spec.QuerySpec)
}
