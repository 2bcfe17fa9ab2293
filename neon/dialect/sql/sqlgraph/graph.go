package sqlgraph

import (
	"context"
	"slices"
)

// Graph holds what one statement has loaded for a query and its edges. Ent's
// own functions load the edges one after the other; each finds its rows here.
//
// An edge that is not in the statement is loaded by ent with a query of its
// own: where its query has interceptors that do more than to add conditions, a
// privacy policy, modifiers or columns of its own.
type Graph struct {
	root  any
	parts map[any]*part
	undo  []func()
}

type graphKey struct{}

func graphOf(ctx context.Context) *Graph {
	g, _ := ctx.Value(graphKey{}).(*Graph)
	return g
}

// Begin opens the graph of a query that loads edges, unless its rows are part
// of a graph that is being loaded already. Call end when the query is done.
func Begin(ctx context.Context, owner any) (_ context.Context, end func()) {
	if g := graphOf(ctx); g != nil && g.parts[owner] != nil {
		return ctx, func() {}
	}
	g := &Graph{root: owner, parts: make(map[any]*part)}
	return context.WithValue(ctx, graphKey{}, g), g.end
}

// end puts back what planning has changed in the queries of the edges.
func (g *Graph) end() {
	for _, undo := range slices.Backward(g.undo) {
		undo()
	}
	g.undo, g.parts = nil, nil
}

func (g *Graph) take(owner any) *part {
	p := g.parts[owner]
	if p == nil || !p.loaded {
		return nil
	}
	// A second load of the same edge asks the database again.
	p.loaded = false
	return p
}

// part is the rows of one query in the graph.
type part struct {
	// own are the columns of the node; key is the column of the join table
	// that goes ahead of them, where there is one.
	own    []string
	key    string
	loaded bool
	// ordered tells that the rows have places.
	ordered bool
	rows    []graphRow
	reader  *graphReader
	// places are those of the columns in the rows of the graph.
	places []int
}

func (p *part) columns() []string {
	if p.key == "" {
		return p.own
	}
	return append([]string{p.key}, p.own...)
}

// fits reports whether ent's query asks for what was loaded.
func (p *part) fits(spec *QuerySpec) bool { return slices.Equal(p.own, spec.Node.Columns) }

// load hands the rows to ent, in their order.
func (p *part) load(spec *QuerySpec) error {
	if p.ordered && !slices.IsSortedFunc(p.rows, graphRow.compare) {
		slices.SortFunc(p.rows, graphRow.compare)
	}
	dest := destinations{spec: spec, columns: p.columns()}
	for _, r := range p.rows {
		values, err := dest.next()
		if err != nil {
			return err
		}
		if err := p.reader.scan(p, r, values); err != nil {
			return err
		}
		if err := spec.Assign(dest.columns, values); err != nil {
			return err
		}
	}
	p.rows = nil
	return nil
}
