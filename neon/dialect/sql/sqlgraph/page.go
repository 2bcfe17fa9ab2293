package sqlgraph

import (
	"context"
	"errors"
	"slices"

	"entgo.io/ent"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// PageArgs say which page is wanted. The zero value is the first.
type PageArgs struct {
	// After is the cursor that the page begins after.
	After Cursor
	// Before is the cursor that the page ends ahead of. Without After, the page
	// holds the rows that are nearest to it.
	Before Cursor
	// Limit is the most rows of a page. Defaults to 100.
	Limit int
}

// defaultPage is the limit of a page.
const defaultPage = 100

// Page is one page of an ordered result.
type Page[T any] struct {
	// Nodes in the order of the query.
	Nodes []*T
	// Cursors are the places of the nodes.
	Cursors []Cursor
	// HasNext and HasPrevious tell whether there is more after and ahead of the
	// page. That is known in the direction the page was read in; in the other,
	// whatever lies beyond the cursor that the page was asked for counts.
	HasNext, HasPrevious bool
	// Start and End are the cursors of the first and the last row: ask for what
	// comes Before or After them. They are those of PageArgs where the page is
	// empty.
	Start, End Cursor
}

// Pager loads a page.
type Pager struct {
	args PageArgs
	seek *seek
	// order tells which order the cursors belong to.
	order [8]byte
	rows  [][]any
	more  bool
}

// Page returns what loads a page of the query.
func (k *Keyset) Page(ctx context.Context, q ent.Query, inters []ent.Interceptor, args PageArgs) (*Pager, error) {
	if args.Limit < 0 {
		return nil, errors.New("neon: the limit of a page is negative")
	}
	if args.Limit == 0 {
		args.Limit = defaultPage
	}
	for _, i := range inters {
		if s, ok := i.(*seek); ok && s.backward {
			return nil, errors.New("neon: give the cursor of Before to the page instead of the query")
		}
	}
	p := &Pager{args: args, seek: &seek{
		keyset: k, after: args.After, before: args.Before, selects: true,
		backward: args.After.IsZero() && !args.Before.IsZero(),
	}}
	found, err := p.seek.probe(ctx, q)
	if err != nil {
		return nil, err
	}
	p.order = found.order
	return p, nil
}

// Order is the last of the query's orders.
func (p *Pager) Order(s *sql.Selector) { p.seek.order(s) }

// Limit is the query's: one row more tells whether there are more.
func (p *Pager) Limit() int { return p.args.Limit + 1 }

// Hook has the cursors read along with the rows.
func (p *Pager) Hook(_ context.Context, spec *QuerySpec) {
	p.rows = nil
	spec.keys = p.seek
	scanValues, assign := spec.ScanValues, spec.Assign
	spec.ScanValues = func(columns []string) ([]any, error) {
		first, end := p.keys(columns)
		values, err := scanValues(without(columns, first, end))
		if err != nil {
			return nil, err
		}
		for i := first; i < end; i++ {
			values = slices.Insert(values, i, any(&keyValue{}))
		}
		return values, nil
	}
	spec.Assign = func(columns []string, values []any) error {
		first, end := p.keys(columns)
		row := make([]any, 0, end-first)
		for _, v := range values[first:end] {
			key, ok := v.(*keyValue)
			if !ok {
				return errGraph
			}
			row = append(row, key.v)
		}
		p.rows = append(p.rows, row)
		return assign(without(columns, first, end), without(values, first, end))
	}
}

// keys is where the columns of the cursor are.
func (p *Pager) keys(columns []string) (first, end int) {
	if first = slices.Index(columns, keyName(0)); first < 0 {
		return len(columns), len(columns)
	}
	return first, min(first+len(p.seek.terms), len(columns))
}

func without[T any](s []T, first, end int) []T {
	return append(s[:first:first], s[end:]...)
}

// Trim takes the row off that only told that there are more.
func Trim[T any](p *Pager, nodes []*T) []*T {
	if p.more = len(nodes) > p.args.Limit; p.more {
		nodes, p.rows = nodes[:p.args.Limit], p.rows[:p.args.Limit]
	}
	if p.seek.backward {
		slices.Reverse(nodes)
		slices.Reverse(p.rows)
	}
	return nodes
}

// NewPage is the page of the nodes.
func NewPage[T any](p *Pager, nodes []*T) *Page[T] {
	page := &Page[T]{Nodes: nodes, HasNext: p.more, HasPrevious: !p.args.After.IsZero(), Start: p.args.After, End: p.args.After}
	if p.seek.backward {
		page.HasNext, page.HasPrevious = true, p.more
		page.Start, page.End = p.args.Before, p.args.Before
	}
	for _, row := range p.rows {
		page.Cursors = append(page.Cursors, Cursor{order: p.order, values: row})
	}
	if n := len(page.Cursors); n > 0 {
		page.Start, page.End = page.Cursors[0], page.Cursors[n-1]
	}
	return page
}
