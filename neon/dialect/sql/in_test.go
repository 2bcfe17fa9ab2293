package sql_test

import (
	"database/sql/driver"
	"math"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neon/dialect/sql"
	"github.com/espalier-go/espalier/neontest"
)

func TestIsNative(t *testing.T) {
	t.Parallel()
	require.Equal(t, dialect.Postgres, sql.NativeDialect())
	require.True(t, sql.IsNative(sql.NativeDialect()))
	for _, name := range []string{dialect.Postgres, dialect.MySQL, dialect.SQLite, "", "postgres"} {
		require.False(t, sql.IsNative(name), name)
	}
	require.True(t, sql.IsNative(sql.Dialect(sql.NativeDialect()).Select().Dialect()))
}

// With any other dialect name the predicates are ent's.
func TestInIsStockElsewhere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{dialect.Postgres, dialect.MySQL, dialect.SQLite} {
		for what, pair := range map[string][2]func(*sql.Selector){
			"in":       {sql.FieldIn("a", 1, 2), entsql.FieldIn("a", 1, 2)},
			"not in":   {sql.FieldNotIn("a", "x"), entsql.FieldNotIn("a", "x")},
			"none":     {sql.FieldIn[int]("a"), entsql.FieldIn[int]("a")},
			"not none": {sql.FieldNotIn[int]("a"), entsql.FieldNotIn[int]("a")},
			"nested": {
				func(s *sql.Selector) { s.Where(entsql.Not(sql.InValues("a", 1, nil))).Where(sql.NotIn("b", 2)) },
				func(s *sql.Selector) { s.Where(entsql.Not(entsql.InValues("a", 1, nil))).Where(entsql.NotIn("b", 2)) },
			},
			"subquery": {
				func(s *sql.Selector) { s.Where(sql.In("a", entsql.Select("b").From(entsql.Table("u")))) },
				func(s *sql.Selector) { s.Where(entsql.In("a", entsql.Select("b").From(entsql.Table("u")))) },
			},
		} {
			ours := entsql.Dialect(name).Select("*").From(entsql.Table("t"))
			theirs := entsql.Dialect(name).Select("*").From(entsql.Table("t"))
			pair[0](ours)
			pair[1](theirs)
			wantText, wantArgs := theirs.Query()
			text, args := ours.Query()
			require.Equal(t, wantText, text, what)
			require.Equal(t, wantArgs, args, what)
		}
	}
}

type unknown struct{ _, _ int }

func TestArrayLiteral(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("00000000-0000-0000-0000-00000000000a")
	at := time.Date(2024, 2, 3, 4, 5, 6, 7999, time.FixedZone("", 3600))
	var none *int
	for want, got := range map[string]func() (string, bool){
		`{}`:                           func() (string, bool) { return sql.ArrayLiteral([]int{}) },
		`{1,-2}`:                       func() (string, bool) { return sql.ArrayLiteral([]int{1, -2}) },
		`{"a","b\"\\c","NULL",""}`:     func() (string, bool) { return sql.ArrayLiteral([]string{"a", `b"\c`, "NULL", ""}) },
		`{NULL,1,true,"x"}`:            func() (string, bool) { return sql.ArrayLiteral([]any{nil, uint8(1), true, "x"}) },
		`{NULL,NULL}`:                  func() (string, bool) { return sql.ArrayLiteral([]any{none, []byte(nil)}) },
		`{Infinity,-Infinity,NaN,1.5}`: func() (string, bool) { return sql.ArrayLiteral([]float64{math.Inf(1), math.Inf(-1), math.NaN(), 1.5}) },
		`{"\\x00ff"}`:                  func() (string, bool) { return sql.ArrayLiteral([][]byte{{0, 255}}) },
		`{"` + id.String() + `"}`:      func() (string, bool) { return sql.ArrayLiteral([]uuid.UUID{id}) },
		`{"2024-02-03 04:05:06.000007+01:00:00"}`: func() (string, bool) { return sql.ArrayLiteral([]driver.Value{at}) },
	} {
		text, ok := got()
		require.True(t, ok, want)
		require.Equal(t, want, text)
	}
	_, ok := sql.ArrayLiteral([]unknown{{}})
	require.False(t, ok)
	_, ok = sql.ArrayLiteral([]time.Time{time.Time{}.AddDate(-5, 0, 0)})
	require.False(t, ok)
}

// FuzzArrayLiteral: Postgres reads back the strings that were written.
func FuzzArrayLiteral(f *testing.F) {
	db := neontest.OpenWith(f, neontest.Config{Empty: true})
	drv, err := neon.Open(f.Context(), db.URL, nil)
	require.NoError(f, err)
	f.Cleanup(func() { _ = drv.Close() })
	for _, s := range []string{"", "a", `"`, `\`, "{,}", "NULL", "ü\n\t", " "} {
		f.Add(s, s+"x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		literal, ok := sql.ArrayLiteral([]string{a, b})
		require.True(t, ok)
		rows, err := drv.DB().QueryContext(t.Context(), "SELECT ($1::text[])[1], ($1::text[])[2]", literal)
		if err != nil {
			// What Postgres takes in no text: NUL and invalid UTF-8.
			require.ErrorContains(t, err, "22021")
			return
		}
		defer rows.Close()
		require.True(t, rows.Next())
		var gotA, gotB string
		require.NoError(t, rows.Scan(&gotA, &gotB))
		require.Equal(t, a, gotA)
		require.Equal(t, b, gotB)
	})
}
