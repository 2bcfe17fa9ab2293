package sqlgraph

import (
	"testing"

	"entgo.io/ent/dialect"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

func termsOf(t *testing.T, dialectName string, order func(*sql.Selector)) ([]orderTerm, error) {
	t.Helper()
	selector := func() *sql.Selector {
		b := sql.Dialect(dialectName)
		joined := b.Select("x").From(b.Table("u")).Where(sql.EQ("w", 1))
		s := b.Select("x").From(b.Table("t")).Where(sql.EQ("y", " ORDER BY z")).Limit(3)
		s.LeftJoin(joined).On(s.C("x"), joined.C("x"))
		order(s)
		return s
	}
	// A selector renders once only.
	want, wantArgs := selector().Query()
	s := selector()
	terms, err := orderTerms(s)
	got, args := s.Query()
	require.Equal(t, want, got, "the selector is as it was")
	require.Equal(t, wantArgs, args)
	return terms, err
}

func TestOrderTerms(t *testing.T) {
	t.Parallel()
	terms, err := termsOf(t, dialect.Postgres, func(s *sql.Selector) {
		s.OrderBy(s.C("a"), sql.Desc("b"), `"say "" DESC, ORDER BY"`)
		sql.OrderByField("c", sql.OrderDesc(), sql.OrderNullsLast()).ToFunc()(s)
		sql.OrderByField("d", sql.OrderNullsFirst()).ToFunc()(s)
		s.OrderExpr(sql.Raw(`coalesce(e, 'x, DESC', f) asc nulls last, "g" -> 'h'`))
	})
	require.NoError(t, err)
	require.Equal(t, []orderTerm{
		{expr: `"t"."a"`}, {expr: `"b"`, desc: true, nullsFirst: true}, {expr: `"say "" DESC, ORDER BY"`},
		{expr: `"t"."c"`, desc: true}, {expr: `"t"."d"`, nullsFirst: true},
		{expr: `coalesce(e, 'x, DESC', f)`}, {expr: `"g" -> 'h'`},
	}, terms)
	var texts []string
	for _, term := range terms[:5] {
		texts = append(texts, term.text(dialect.Postgres), term.reversed().text(dialect.Postgres))
	}
	require.Equal(t, []string{
		`"t"."a"`, `"t"."a" DESC`, `"b" DESC`, `"b"`, `"say "" DESC, ORDER BY"`, `"say "" DESC, ORDER BY" DESC`,
		`"t"."c" DESC NULLS LAST`, `"t"."c" NULLS FIRST`, `"t"."d" NULLS FIRST`, `"t"."d" DESC NULLS LAST`,
	}, texts)

	terms, err = termsOf(t, dialect.MySQL, func(s *sql.Selector) { s.OrderBy(sql.Desc("a"), "b") })
	require.NoError(t, err)
	require.Equal(t, []orderTerm{{expr: "`a`", desc: true}, {expr: "`b`", nullsFirst: true}}, terms)
	require.Equal(t, "`a`", terms[0].reversed().text(dialect.MySQL))

	terms, err = termsOf(t, dialect.SQLite, func(*sql.Selector) {})
	require.NoError(t, err)
	require.Empty(t, terms)
}

func TestOrdersWithoutPlaces(t *testing.T) {
	t.Parallel()
	for _, d := range []string{dialect.Postgres, dialect.MySQL} {
		_, err := termsOf(t, d, sql.OrderByRand())
		require.ErrorContains(t, err, "random")
		_, err = termsOf(t, d, func(s *sql.Selector) {
			s.OrderExprFunc(func(b *sql.Builder) { b.WriteString("abs(x - ").Arg(5).WriteByte(')') })
		})
		require.ErrorContains(t, err, "parameters")
	}
}
