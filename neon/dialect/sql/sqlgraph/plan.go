package sqlgraph

import (
	"context"
	stdsql "database/sql"
	"slices"
	"strings"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	entgraph "entgo.io/ent/dialect/sql/sqlgraph"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// Plan collects the queries of a graph. Generated code adds the edges.
type Plan struct {
	// ctx is that of the query whose edges are being added.
	ctx   context.Context
	graph *Graph
	drv   dialect.Driver
	root  *QuerySpec
	steps []*step
	// parent is the step whose edges are being added.
	parent *step
}

// step is one query of the graph: a common table expression.
type step struct {
	index    int
	owner    any
	part     *part
	selector *sql.Selector
	// casts are the columns whose type is sent as text.
	casts map[string]bool
	// types are those of the columns of part, and places where each stands in
	// the rows of the graph.
	types  []string
	places []int
	// ordered tells that the order of the rows means something.
	ordered bool
}

// PlanEdge is an edge to load.
type PlanEdge struct {
	// Owner is the edge's query builder.
	Owner any
	Rel   Rel
	// Key is the column of the parent that the edge starts at.
	Key string
	// Table is the join table of a many-to-many edge.
	Table string
	// Columns are, of a many-to-many edge, the join table's columns of the
	// parent and of the child; else the child's column that the key is found in.
	Columns []string
	// ID is the child's id column, for a many-to-many edge.
	ID string
	// Spec prepares the edge's query. Nil means that it can't be planned.
	Spec func(*Plan) *QuerySpec
	// Context is that of the edge's query. Defaults to that of its parent.
	Context context.Context
	// Edges adds the edges of the child.
	Edges func(*Plan)
}

// newPlan plans a query and what of its edges can be loaded along. It is nil
// where nothing can.
func newPlan(ctx context.Context, g *Graph, drv dialect.Driver, root *QuerySpec) *Plan {
	p := &Plan{ctx: ctx, graph: g, drv: drv, root: root}
	s := p.newStep(root)
	if s == nil {
		fellBack(ctx, drv, edgeOf(root.Owner), reasonColumns)
		return nil
	}
	p.steps = append(p.steps, s)
	p.parent = s
	root.Edges(p)
	// A path to the query is rendered into it, and that can be done once only:
	// whatever may fail has to come before.
	if len(p.steps) == 1 {
		return nil
	}
	if root.From == nil || !p.selectsMore(root) {
		s.selector = p.selector(root, s, nil)
	}
	if s.selector == nil {
		fellBack(ctx, drv, edgeOf(root.Owner), reasonSelects)
		return nil
	}
	return p
}

// Context is that of the query whose edges are being added.
func (p *Plan) Context() context.Context { return p.ctx }

// Undo has f called when the graph is loaded.
func (p *Plan) Undo(f func()) { p.graph.undo = append(p.graph.undo, f) }

// Add plans an edge and the edges below it.
func (p *Plan) Add(e PlanEdge) {
	if reason := p.add(e); reason != "" {
		fellBack(p.ctx, p.drv, edgeOf(e.Owner), reason)
	}
}

// add returns why the edge can't be planned.
func (p *Plan) add(e PlanEdge) string {
	parent := p.parent
	key := parent.column(e.Key)
	if key == "" {
		return reasonKey
	}
	ctx := p.ctx
	defer func() { p.ctx, p.parent = ctx, parent }()
	if e.Context != nil {
		p.ctx = e.Context
	}
	spec := e.Spec(p)
	if spec == nil {
		return reasonEdgeQuery
	}
	s := p.newStep(spec)
	if s == nil {
		return reasonColumns
	}
	if e.Rel == entgraph.M2M {
		s.part.key = e.Columns[0]
		s.types = append([]string{parent.typeOf(e.Key)}, s.types...)
	}
	s.owner = e.Owner
	s.index = len(p.steps)
	s.selector = p.selector(spec, s, &edgeFilter{PlanEdge: e, parent: parent, key: key})
	if s.selector == nil {
		return reasonSelects
	}
	p.steps = append(p.steps, s)
	p.graph.parts[e.Owner] = s.part
	if e.Edges != nil {
		p.parent = s
		e.Edges(p)
	}
	return ""
}

// typeOf is the type of a column of the node.
func (s *step) typeOf(column string) string {
	own := s.types[len(s.types)-len(s.part.own):]
	return own[slices.Index(s.part.own, column)]
}

// scannable reports whether a value of a row can be stored later on.
func scannable(dest any) bool {
	switch dest.(type) {
	case *[]byte, stdsql.Scanner:
		return true
	}
	return false
}

// travels reports whether NULL can be cast to the Postgres type by its name
// alone, whatever the search path.
func travels(typ string) bool {
	// A length or precision changes nothing: timestamp(3) without time zone.
	if head, rest, ok := strings.Cut(typ, "("); ok {
		if _, tail, ok := strings.Cut(rest, ")"); ok {
			typ = head + tail
		}
	}
	switch typ {
	case "boolean", "bool", "bytea", "bigint", "int8", "smallint", "int2", "integer", "int", "int4", "text", "json",
		"jsonb", "real", "float4", "double precision", "float8", "character varying", "varchar", "timestamp",
		"timestamp without time zone", "timestamptz", "timestamp with time zone", "date", "uuid":
		return true
	}
	return false
}

// newStep is nil for a query whose columns can't be sent along with others.
func (p *Plan) newStep(spec *QuerySpec) *step {
	if spec.ScanValues == nil {
		return nil
	}
	s := &step{owner: spec.Owner, part: &part{own: spec.Node.Columns}, casts: map[string]bool{}}
	dest, err := spec.ScanValues(spec.Node.Columns)
	if err != nil {
		return nil
	}
	for i, c := range spec.Node.Columns {
		if !scannable(dest[i]) {
			return nil
		}
		typ := spec.Types[c]
		if !travels(typ) {
			s.casts[c], typ = true, "text"
		}
		s.types = append(s.types, typ)
	}
	if spec.Unique && len(s.casts) > 0 {
		return nil
	}
	return s
}

// Passive reports whether the interceptors only traverse: they may add
// conditions to a query, and leave its execution alone.
func Passive(interceptors []ent.Interceptor) bool {
	probe := &passiveProbe{}
	for _, i := range interceptors {
		if _, ok := i.(ent.Traverser); !ok || i.Intercept(probe) != ent.Querier(probe) {
			return false
		}
	}
	return true
}

type passiveProbe struct{ _ byte }

func (*passiveProbe) Query(context.Context, ent.Query) (ent.Value, error) { return nil, nil }
