package sqlgraph

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"entgo.io/ent"
	entgraph "entgo.io/ent/dialect/sql/sqlgraph"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// perParent limits the neighbors of each parent. It is an interceptor since
// those come along when ent clones a query.
type perParent struct {
	keyset *Keyset
	limit  int
}

// LimitPerParent is what limits an edge's query to so many neighbors of each
// parent.
func (k *Keyset) LimitPerParent(limit int) ent.Interceptor { return &perParent{k, limit} }

// Traverse refuses queries that aren't those of an edge.
func (p *perParent) Traverse(ctx context.Context, _ ent.Query) error {
	switch {
	case p.limit < 0:
		return errors.New("neon: the limit per parent is negative")
	case p.limit > 0 && graphOf(ctx) == nil:
		return errors.New("neon: LimitPerParent is for the query of an edge that is loaded along: use Limit")
	}
	return nil
}

// Intercept leaves the query alone.
func (p *perParent) Intercept(next ent.Querier) ent.Querier { return next }

// ofParent is the last limit that a query was given.
func ofParent(inters []ent.Interceptor) *perParent {
	for _, i := range slices.Backward(inters) {
		if p, ok := i.(*perParent); ok {
			return p
		}
	}
	return nil
}

// Kept are the interceptors that a prepared query still needs.
func Kept(inters []ent.Interceptor) []ent.Interceptor {
	if p := ofParent(inters); p != nil {
		return []ent.Interceptor{p}
	}
	return nil
}

// Limits applies what the interceptors carry to the spec of their query: the id
// decides which of equal neighbors come first.
func (s *QuerySpec) Limits(inters []ent.Interceptor) {
	p := ofParent(inters)
	if p == nil || p.limit == 0 {
		return
	}
	s.perParent = p.limit
	order := s.Order
	s.Order = func(selector *sql.Selector) {
		if order != nil {
			order(selector)
		}
		terms, err := p.keyset.terms(selector)
		if err != nil {
			return
		}
		selector.ClearOrder()
		for _, t := range terms {
			selector.OrderExpr(sql.Raw(t.text(selector.Dialect())))
		}
	}
}

// FirstOfEach cuts the neighbors of each node to the limit that their query
// carries. The statement of a graph has done that already; a query that ran by
// itself has not.
func FirstOfEach[N, E any](nodes []N, inters []ent.Interceptor, neighbors func(N) *[]E) {
	p := ofParent(inters)
	if p == nil || p.limit == 0 {
		return
	}
	for _, n := range nodes {
		all := neighbors(n)
		*all = firstOf(*all, p.limit)
	}
}

// FirstOfEachNamed is [FirstOfEach] for the edge of a name.
func FirstOfEachNamed[N, E any](nodes []N, inters []ent.Interceptor, name string, named func(N) map[string][]E) {
	p := ofParent(inters)
	if p == nil || p.limit == 0 {
		return
	}
	for _, n := range nodes {
		m := named(n)
		m[name] = firstOf(m[name], p.limit)
	}
}

func firstOf[E any](all []E, limit int) []E {
	if len(all) <= limit {
		return all
	}
	clear(all[limit:])
	return all[:limit:limit]
}

// Names are the keys of the queries of named edges, in order.
func Names[Q any](queries map[string]Q) []string { return slices.Sorted(maps.Keys(queries)) }

// ranked wraps the query of an edge so that it gives the first rows of each
// parent. It is nil for one whose rows can't be counted like that.
func (e *edgeFilter) ranked(spec *QuerySpec, s *sql.Selector, columns []string) *sql.Selector {
	if e.Rel != entgraph.M2M && e.Rel != entgraph.O2M {
		return s
	}
	if spec.Offset != 0 || spec.Unique {
		return nil
	}
	terms, err := orderTerms(s)
	if err != nil {
		return nil
	}
	var window strings.Builder
	window.WriteString("row_number() OVER (PARTITION BY " + e.parentColumn + " ORDER BY ")
	for i, t := range terms {
		if i > 0 {
			window.WriteString(", ")
		}
		window.WriteString(t.text(s.Dialect()))
	}
	s.AppendSelectExprAs(sql.Raw(window.String()+")"), "rank")
	builder := sql.Dialect(s.Dialect())
	// An alias of the selector itself would be seen by what it renders last.
	all := sql.ExprFunc(func(b *sql.Builder) {
		b.Wrap(func(b *sql.Builder) { b.Join(s) }).WriteString(" AS ranked")
	})
	return builder.Select(columns...).FromExpr(all).Where(sql.LTE("rank", spec.perParent))
}
