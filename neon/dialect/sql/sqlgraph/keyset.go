package sqlgraph

import (
	"context"
	"database/sql/driver"
	"fmt"
	"reflect"
	"slices"

	"entgo.io/ent"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// Keyset is what generated code tells about an entity whose rows are paged
// through by their place in an order.
type Keyset struct {
	// Table is the entity's.
	Table string
	// ID are the columns that break ties.
	ID []string
	// NotNull are the columns without nulls.
	NotNull []string
	// Order returns the dialect and the orders of one of the entity's queries.
	Order func(ent.Query) (dialectName string, orders func(*sql.Selector))
}

// seek is the last of a query's orders: it adds the id to them, and the
// conditions that cursors are. It is an interceptor also, since those come
// along when ent clones a query, and see it before it runs.
type seek struct {
	keyset        *Keyset
	after, before Cursor
	backward      bool
	// selects has the values of the terms selected, too, under keyNames.
	selects bool
	// terms are those of the order that was last applied, for pages only.
	terms []orderTerm
}

// After returns the order and the interceptor of a query for what comes after
// the cursor.
func (k *Keyset) After(c Cursor) (func(*sql.Selector), ent.Interceptor) {
	s := &seek{keyset: k, after: c}
	return s.order, s
}

// Before returns the order and the interceptor of a query for what comes ahead
// of the cursor, nearest first where the query has a limit. The result is in the
// query's order.
func (k *Keyset) Before(c Cursor) (func(*sql.Selector), ent.Interceptor) {
	s := &seek{keyset: k, before: c, backward: true}
	return s.order, s
}

// Cursor makes the cursor of a row that has the values for the terms of the
// query's order, the id last.
func (k *Keyset) Cursor(q ent.Query, values ...any) (Cursor, error) {
	c := Cursor{values: make([]any, len(values))}
	for i, v := range values {
		value := keyValue{}
		converted, err := driver.DefaultParameterConverter.ConvertValue(v)
		if err == nil {
			err = value.Scan(converted)
		}
		if err != nil {
			return Cursor{}, &CursorError{fmt.Sprintf("value %d: %v", i, err)}
		}
		c.values[i] = value.v
	}
	found, err := (&seek{keyset: k}).probe(context.Background(), q)
	if err != nil {
		return Cursor{}, err
	}
	if len(values) != found.terms {
		return Cursor{}, &CursorError{fmt.Sprintf("the order has %d terms with the id, not %d", found.terms, len(values))}
	}
	c.order = found.order
	return c, nil
}

// probe is what the orders of a query tell when they are tried in advance.
type probe struct {
	seek  *seek
	order [8]byte
	terms int
	err   error
}

type probeKey struct{}

// probe tries the orders of a query, those of s last unless they are there.
func (s *seek) probe(ctx context.Context, q ent.Query) (*probe, error) {
	dialectName, orders := s.keyset.Order(q)
	p := &probe{seek: s}
	builder := sql.Dialect(dialectName)
	scratch := builder.Select().From(builder.Table(s.keyset.Table)).WithContext(context.WithValue(ctx, probeKey{}, p))
	orders(scratch)
	if p.terms == 0 && p.err == nil {
		s.order(scratch)
	}
	return p, p.err
}

// Traverse refuses a query whose cursor isn't one of its order.
func (s *seek) Traverse(ctx context.Context, q ent.Query) error {
	_, err := s.probe(ctx, q)
	return err
}

// Intercept turns a result round that was read backward.
func (s *seek) Intercept(next ent.Querier) ent.Querier {
	if !s.backward {
		return next
	}
	return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
		v, err := next.Query(ctx, q)
		if rv := reflect.ValueOf(v); err == nil && rv.Kind() == reflect.Slice {
			swap := reflect.Swapper(v)
			for i, j := 0, rv.Len()-1; i < j; i, j = i+1, j-1 {
				swap(i, j)
			}
		}
		return v, err
	})
}

// order applies the seek to a selector that has all other orders.
func (s *seek) order(selector *sql.Selector) {
	p, _ := selector.Context().Value(probeKey{}).(*probe)
	if p != nil && p.seek != s {
		p = nil
	}
	terms, err := s.keyset.terms(selector)
	if err == nil && p != nil {
		p.order, p.terms = fingerprint(s.keyset.Table, terms), len(terms)
		for _, c := range []Cursor{s.after, s.before} {
			if !c.IsZero() && (c.order != p.order || len(c.values) != len(terms)) {
				err = &CursorError{"it belongs to another order"}
			}
		}
	}
	if err != nil {
		if p != nil {
			p.err = err
		}
		// Whoever doesn't look at the error must not get other rows.
		selector.AddError(err)
		selector.Where(sql.False())
		return
	}
	s.seek(selector, terms)
}

func (s *seek) seek(selector *sql.Selector, terms []orderTerm) {
	if !s.after.IsZero() {
		selector.Where(beyond(terms, s.after.values))
	}
	opposite := make([]orderTerm, len(terms))
	for i, t := range terms {
		opposite[i] = t.reversed()
	}
	if !s.before.IsZero() {
		selector.Where(beyond(opposite, s.before.values))
	}
	if s.backward {
		terms = opposite
	}
	selector.ClearOrder()
	for _, t := range terms {
		selector.OrderExpr(sql.Raw(t.text(selector.Dialect())))
	}
	if s.selects {
		s.terms = terms
		for i, t := range terms {
			selector.AppendSelectExprAs(sql.Raw(t.expr), keyName(i))
		}
	}
}

// keyName is the name of the column that holds a value of the cursor.
func keyName(i int) string { return fmt.Sprintf("neon_key_%d", i) }

// terms are those of the selector with the id, in the direction of the last,
// so that an index on both can be read either way.
func (k *Keyset) terms(s *sql.Selector) ([]orderTerm, error) {
	terms, err := orderTerms(s)
	if err != nil {
		return nil, err
	}
	notNull := make(map[string]bool, len(k.NotNull))
	for _, c := range k.NotNull {
		notNull[s.C(c)] = true
	}
	seen := make(map[string]bool, len(terms))
	unique := terms[:0]
	for _, t := range terms {
		// An expression has one value in a row, which sorts once.
		if !seen[t.expr] {
			seen[t.expr] = true
			t.notNull = notNull[t.expr]
			unique = append(unique, t)
		}
	}
	terms = unique
	desc := len(terms) > 0 && terms[len(terms)-1].desc
	for _, id := range k.ID {
		if expr := s.C(id); !seen[expr] {
			terms = append(terms, orderTerm{expr: expr, desc: desc, notNull: true, nullsFirst: nullsFirstByDefault(s.Dialect(), desc)})
		}
	}
	return slices.Clip(terms), nil
}
