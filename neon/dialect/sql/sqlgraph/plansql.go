package sqlgraph

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	entgraph "entgo.io/ent/dialect/sql/sqlgraph"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// edgeFilter joins the query of an edge to its parents.
type edgeFilter struct {
	PlanEdge
	parent *step
	key    string
	// parentColumn is what the key is found in.
	parentColumn string
}

func (s *step) name() string { return fmt.Sprintf("ef%d", s.index) }

// column is the name in the step's expression of a column, "" when it isn't
// there or has lost its type.
func (s *step) column(name string) string {
	i := slices.Index(s.part.own, name)
	if i < 0 || s.casts[name] {
		return ""
	}
	if s.part.key != "" {
		i++
	}
	return fmt.Sprintf("c%d", i)
}

// selector renders a query as ent does, its columns named by position. It is
// nil when conditions or orders have selected columns of their own.
func (p *Plan) selector(spec *QuerySpec, s *step, edge *edgeFilter) *sql.Selector {
	builder := sql.Dialect(p.drv.Dialect())
	selector := builder.Select().From(builder.Table(spec.Node.Table).Schema(spec.Node.Schema)).WithContext(p.ctx)
	if spec.From != nil {
		selector = spec.From
	}
	selector.Select(spec.columns(selector)...)
	if spec.Order != nil {
		s.ordered = true
		spec.Order(selector)
	}
	if spec.Predicate != nil {
		spec.Predicate(selector)
	}
	keys := spec.keyTerms(selector)
	if selected(selector) != len(spec.Node.Columns)+len(keys) || spec.Unique && anyCast(keys) {
		return nil
	}
	columns := selector.SelectedColumns()[:len(spec.Node.Columns)]
	selector.Select()
	if edge != nil {
		edge.join(selector)
	}
	for i, c := range columns {
		if s.casts[spec.Node.Columns[i]] {
			// What the server prints: a cast of inet adds a mask, one of char(n) loses blanks.
			selector.AppendSelectExprAs(sql.ExprFunc(func(b *sql.Builder) {
				b.WriteString("CASE WHEN ").Ident(c).WriteString(" IS NOT NULL THEN concat(").Ident(c).WriteString(") END")
			}), s.alias(i))
		} else {
			selector.AppendSelectAs(c, s.alias(i))
		}
	}
	for i, k := range keys {
		s.part.own, s.types = append(slices.Clip(s.part.own), keyName(i)), append(s.types, k.typ)
		selector.AppendSelectExprAs(sql.Raw(k.expr), s.alias(len(columns)+i))
	}
	if spec.Offset != 0 {
		selector.Offset(spec.Offset).Limit(math.MaxInt32)
	}
	if spec.Limit != 0 {
		selector.Limit(spec.Limit)
	}
	if spec.Unique {
		selector.Distinct()
	}
	if selector.Err() != nil {
		return nil
	}
	if edge != nil && spec.perParent > 0 {
		names := make([]string, len(s.part.columns()))
		for i := range names {
			names[i] = fmt.Sprintf("c%d", i)
		}
		return edge.ranked(spec, selector, names)
	}
	return selector
}

// selected counts what a selector selects, expressions included: ent makes room
// for all, and returns the names of the columns only.
func selected(s *sql.Selector) int { return cap(s.SelectedColumns()) }

// selectsMore reports whether the conditions and orders of a query select
// columns of their own, without touching the query.
func (p *Plan) selectsMore(spec *QuerySpec) bool {
	builder := sql.Dialect(p.drv.Dialect())
	scratch := builder.Select().From(builder.Table(spec.Node.Table).Schema(spec.Node.Schema)).WithContext(p.ctx)
	if spec.Order != nil {
		spec.Order(scratch)
	}
	if spec.Predicate != nil {
		spec.Predicate(scratch)
	}
	keys := spec.keyTerms(scratch)
	return selected(scratch) > len(keys) || spec.Unique && anyCast(keys) || scratch.Err() != nil
}

// keyTerm is a column of a cursor.
type keyTerm struct {
	expr string
	typ  string
	cast bool
}

// keyTerms are the columns of the cursors of a selector that has its order. What
// may be of a type that doesn't travel is cast to text.
func (s *QuerySpec) keyTerms(selector *sql.Selector) []keyTerm {
	if s.keys == nil {
		return nil
	}
	types := make(map[string]string, len(s.Types))
	for c, typ := range s.Types {
		if travels(typ) {
			types[selector.C(c)] = typ
		}
	}
	var out []keyTerm
	for _, t := range s.keys.terms {
		k := keyTerm{expr: t.expr, typ: types[t.expr]}
		if k.cast = k.typ == ""; k.cast {
			k.expr, k.typ = "("+t.expr+")::text", "text"
		}
		out = append(out, k)
	}
	return out
}

func anyCast(keys []keyTerm) bool {
	return slices.ContainsFunc(keys, func(k keyTerm) bool { return k.cast })
}

func (s *step) alias(i int) string {
	if s.part.key != "" {
		i++
	}
	return fmt.Sprintf("c%d", i)
}

// join keeps to the neighbors of the parents, as ent's own load does for ids.
func (e *edgeFilter) join(s *sql.Selector) {
	if e.Rel != entgraph.M2M {
		e.parentColumn = s.C(e.Columns[0])
		s.Where(e.among(e.parentColumn))
		return
	}
	join := sql.Table(e.Table)
	s.Join(join).On(s.C(e.ID), join.C(e.Columns[1]))
	e.parentColumn = join.C(e.Columns[0])
	s.Where(e.among(e.parentColumn))
	s.AppendSelectAs(e.parentColumn, "c0")
	s.SetDistinct(false)
}

// among is true of columns that are the key of a parent. An array keeps the
// index in use where IN with a query doesn't.
func (e *edgeFilter) among(column string) *sql.Predicate {
	return sql.P(func(b *sql.Builder) {
		b.Ident(column).WriteString(" = ANY(ARRAY(SELECT ").Ident(e.key).WriteString(" FROM ").Ident(e.parent.name()).WriteString("))")
	})
}

// place gives each column of each step a place in the rows of the graph: columns
// of one type share it.
func (p *Plan) place() (types []string) {
	for _, s := range p.steps {
		taken := make([]bool, len(types))
		s.places = make([]int, len(s.types))
		for i, typ := range s.types {
			at := 0
			for at < len(types) && (types[at] != typ || taken[at]) {
				at++
			}
			if at == len(types) {
				types, taken = append(types, typ), append(taken, false)
			}
			s.places[i], taken[at] = at, true
		}
	}
	return types
}

// statement is the whole graph: each query an expression, each row the number of
// its query, where one is ordered its place there, and the columns of all
// queries. Rows of one query arrive as the expression gives them; the place
// keeps that from depending on UNION ALL.
func (p *Plan) statement() (string, []any) {
	types := p.place()
	b := &sql.Builder{}
	b.SetDialect(p.drv.Dialect())
	b.WriteString("WITH ")
	for i, s := range p.steps {
		if i > 0 {
			b.Comma()
		}
		b.Ident(s.name()).WriteString(" AS (").Join(s.selector).WriteByte(')')
	}
	for i, s := range p.steps {
		if i > 0 {
			b.WriteString(" UNION ALL")
		}
		b.WriteString(" SELECT ").WriteString(strconv.Itoa(i))
		switch {
		case s.ordered:
			b.WriteString(", row_number() OVER ()")
		case p.ordered():
			b.WriteString(", NULL::bigint")
		}
		for at, typ := range types {
			if column := slices.Index(s.places, at); column < 0 {
				b.WriteString(", NULL::").WriteString(typ)
			} else {
				b.WriteString(", c").WriteString(strconv.Itoa(column))
			}
		}
		b.WriteString(" FROM ").Ident(s.name())
	}
	return b.Query()
}

// ordered reports whether any of the queries is.
func (p *Plan) ordered() bool {
	return slices.ContainsFunc(p.steps, func(s *step) bool { return s.ordered })
}

// run sends the statement and sorts the rows by query. Those of the root go to
// ent at once.
func (p *Plan) run() error {
	query, args := p.statement()
	rows := &sql.Rows{}
	if err := p.drv.Query(p.ctx, query, args, rows); err != nil {
		return err
	}
	defer rows.Close()
	reader := newGraphReader(rows, p)
	for rows.Next() {
		if err := reader.read(); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, s := range p.steps[1:] {
		s.part.loaded = true
	}
	return p.steps[0].part.load(p.root)
}
