package sql_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/neon/dialect/sql"
	"github.com/espalier-go/espalier/neontest"
)

// FuzzCopyValue: a text in a COPY is one value of one row, as it was.
func FuzzCopyValue(f *testing.F) {
	for _, s := range []string{"", "a", "\\N", "\\.", "a\tb\nc\rd\\e", "NULL", "ü\x01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		buf, ok := sql.AppendCopyValue(nil, s)
		require.True(t, ok)
		require.NotContains(t, string(buf), "\t")
		require.NotContains(t, string(buf), "\n")
		require.NotContains(t, string(buf), "\r")
		require.Equal(t, s, strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\r`, "\r").Replace(string(buf)))
	})
}

func TestCopyValueOnPostgres(t *testing.T) {
	t.Parallel()
	db := neontest.OpenWith(t, neontest.Config{Empty: true})
	conn, err := pgx.Connect(t.Context(), db.URL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	_, err = conn.Exec(t.Context(), "CREATE TABLE v (s text, b bytea, n bigint, f double precision, ok boolean)")
	require.NoError(t, err)
	text := "\\N\t\\.\r\nü"
	var nothing *string
	var buf []byte
	for i, v := range []any{text, []byte{0, '\\', 255}, int64(-5), 1.5, true, nil, []byte(nil), nothing, nil, nil} {
		var ok bool
		buf, ok = sql.AppendCopyValue(buf, v)
		require.True(t, ok)
		buf = append(buf, "\t\t\t\t\n"[i%5])
	}
	_, err = conn.PgConn().CopyFrom(t.Context(), strings.NewReader(string(buf)), "COPY v FROM STDIN")
	require.NoError(t, err)
	var s string
	var b []byte
	var n int64
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT s, b, n FROM v WHERE f = 1.5 AND ok").Scan(&s, &b, &n))
	require.Equal(t, text, s)
	require.Equal(t, []byte{0, '\\', 255}, b)
	require.EqualValues(t, -5, n)
	var nulls int
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM v WHERE num_nulls(s, b, n, f, ok) = 5").Scan(&nulls))
	require.Equal(t, 1, nulls)
	_, ok := sql.AppendCopyValue(nil, struct{}{})
	require.False(t, ok)
}
