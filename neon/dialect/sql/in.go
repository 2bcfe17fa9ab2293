package sql

import (
	"database/sql/driver"
	"reflect"

	ent "entgo.io/ent/dialect/sql"
)

// In is [ent.In], with one array parameter in place of a list of parameters
// when the dialect is native: any number of values, and one text for all.
func In(col string, args ...any) *Predicate { return member(col, args, true) }

// NotIn is [ent.NotIn] with one array parameter, as in [In].
func NotIn(col string, args ...any) *Predicate { return member(col, args, false) }

// InInts is [ent.InInts] with one array parameter, as in [In].
func InInts(col string, args ...int) *Predicate { return member(col, args, true) }

// InValues is [ent.InValues] with one array parameter, as in [In].
func InValues(col string, args ...driver.Value) *Predicate { return member(col, args, true) }

// FieldIn is [ent.FieldIn] with one array parameter, as in [In].
func FieldIn[T any](name string, vs ...T) func(*Selector) {
	return func(s *Selector) { s.Where(fieldMember(s.C(name), vs, true)) }
}

// FieldNotIn is [ent.FieldNotIn] with one array parameter, as in [In].
func FieldNotIn[T any](name string, vs ...T) func(*Selector) {
	return func(s *Selector) { s.Where(fieldMember(s.C(name), vs, false)) }
}

// fieldMember leaves the bytes that a ValueScanner makes to ent: they may be the
// text of another type, which only a parameter of its own can be.
func fieldMember[T any](col string, vs []T, in bool) *Predicate {
	if reflect.TypeFor[T]().Kind() == reflect.Interface {
		for _, v := range vs {
			if _, ok := any(v).([]byte); ok {
				return stockMember(col, vs, in)
			}
		}
	}
	return member(col, vs, in)
}

// member is the predicate that col is (or isn't) one of vs. The dialect is
// known only when it is rendered.
func member[T any](col string, vs []T, in bool) *Predicate {
	if len(vs) == 0 {
		return stockMember(col, vs, in)
	}
	if _, ok := any(vs[0]).(ent.Querier); ok {
		return stockMember(col, vs, in)
	}
	return ent.P(func(b *Builder) {
		if IsNative(b.Dialect()) {
			if array, ok := ArrayLiteral(vs); ok {
				op := " = ANY("
				if !in {
					op = " <> ALL("
				}
				b.Ident(col).WriteString(op).Arg(array).WriteByte(')')
				return
			}
		}
		op := ent.OpIn
		if !in {
			op = ent.OpNotIn
		}
		b.Ident(col).WriteOp(op).Wrap(func(b *Builder) { b.Args(anys(vs)...) })
	})
}

func stockMember[T any](col string, vs []T, in bool) *Predicate {
	if in {
		return ent.In(col, anys(vs)...)
	}
	return ent.NotIn(col, anys(vs)...)
}

func anys[T any](vs []T) []any {
	out := make([]any, len(vs))
	for i, v := range vs {
		out[i] = v
	}
	return out
}
