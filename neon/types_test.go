package neon_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neontest"
)

type (
	namedString string
	namedInt    int32
	namedBool   bool
	namedBytes  []byte
	money       struct{ cents int64 }
	spoken      string
	weekday     int
)

func (m money) Value() (driver.Value, error) {
	return fmt.Sprintf("%d.%02d", m.cents/100, m.cents%100), nil
}
func (s spoken) String() string  { return "spoken " + string(s) }
func (d weekday) String() string { return "day" + fmt.Sprint(int(d)) }

func ptr[T any](v T) *T { return &v }

var (
	oslo    = time.FixedZone("", 2*3600)
	someDay = time.Date(2026, 3, 4, 5, 6, 7, 123456789, time.UTC)
	someID  = uuid.MustParse("0196f0c4-8d3a-7f0e-9b1d-2c3d4e5f6071")
)

// typeCases are the arguments that each type of column gets.
var typeCases = []struct {
	typ  string
	args []any
}{
	{"bool", []any{true, false, ptr(true), namedBool(true), sql.NullBool{Bool: true, Valid: true}, sql.NullBool{}, "t"}},
	{"int2", []any{1, int8(-3), uint16(9), int64(32767), "12", namedInt(4), weekday(2), 3.0}},
	{"int4", []any{1, int64(-2147483648), uint32(7), sql.NullInt32{Int32: 5, Valid: true}, namedInt(4), weekday(3), "77"}},
	{"int8", []any{int64(math.MaxInt64), uint64(8), sql.NullInt64{}, time.Second, ptr(namedInt(3)), pgtype.Int8{Int64: 4, Valid: true}}},
	{"float4", []any{float32(0.1), 0.1, 3, math.Inf(1), math.NaN(), float32(1e30), "2.5"}},
	{"float8", []any{float32(0.1), 0.1, 1e300, -1e-300, math.Inf(-1), math.NaN(), int64(4), sql.NullFloat64{Float64: 2, Valid: true}, math.Copysign(0, -1)}},
	{"numeric", []any{"123.4567890123456789", int64(12), 1.5, float32(0.1), money{12345}, pgtype.Numeric{}, uint64(math.MaxUint64)}},
	{"numeric(10,2)", []any{"1.005", 2.675, money{99}}},
	{"text", []any{"", "sandy", "ünï\\c'ø\"de\n", namedString("x"), spoken("word"), []byte("bytes"), []byte(`{"a": 1}`), someID, sql.NullString{String: "s", Valid: true}, sql.NullString{}, (*string)(nil), ptr("p"), sql.Named("n", "named")}},
	{"varchar(40)", []any{"sandy", namedString("x"), json.RawMessage(`{"a":"\n"}`), someID}},
	{"char(5)", []any{"ab", namedString("abc")}},
	{"bytea", []any{[]byte{}, []byte{0, 1, '\\', 255}, []byte(nil), []byte(`{"a":1}`), []byte(`{"a":"\\n\\\\"}`), []byte("plain"), []byte(`\x41`), namedBytes{1, 2}, namedBytes(nil), []byte("12"), "text", json.RawMessage(`"\\"`)}},
	{"json", []any{json.RawMessage(`{"a": [1, 2, "x\"\n"]}`), []byte(`{"b":1}`), `{"c":null}`, json.RawMessage("null"), json.RawMessage(nil), map[string]any{"k": []int{1}}, []string{"a", "b"}, []string{}, []int{1}, struct{ A int }{1}}},
	{"jsonb", []any{json.RawMessage(`{"a": [1, 2, "x\"\n"]}`), []byte(`{"b":1}`), `{"c":null}`, json.RawMessage("[]"), map[string]any{"k": []int{1}}, []string{"a", "b"}, []string{}, []int{1}, []uuid.UUID{someID}, []map[string]int{{"a": 1}}}},
	{"uuid", []any{someID, someID.String(), [16]byte(someID), &someID, (*uuid.UUID)(nil), uuid.NullUUID{}, uuid.NullUUID{UUID: someID, Valid: true}, pgtype.UUID{Bytes: someID, Valid: true}}},
	{"timestamptz", []any{someDay, someDay.In(oslo), someDay.Local(), &someDay, sql.NullTime{Time: someDay, Valid: true}, sql.NullTime{}, time.Time{}, time.Date(12345, 1, 2, 3, 4, 5, 999999999, oslo), time.Date(-44, 3, 15, 12, 0, 0, 0, time.UTC), time.Date(1880, 1, 1, 0, 0, 0, 0, time.FixedZone("LMT", 643)), "infinity", "2026-01-01 00:00:00+01"}},
	{"timestamp", []any{someDay, someDay.In(oslo), time.Time{}, time.Date(0, 1, 1, 0, 0, 0, 0, oslo), "-infinity"}},
	{"date", []any{someDay, someDay.In(time.FixedZone("", -11*3600)), time.Time{}, "2026-02-28", "infinity"}},
	{"time", []any{someDay, someDay.In(oslo), "12:34:56.789"}},
	{"timetz", []any{"12:34:56+02"}},
	{"interval", []any{"1 day 02:03:04", time.Minute, ptr(time.Hour)}},
	{"inet", []any{"10.0.0.1", netip.MustParseAddr("10.0.0.2"), net.ParseIP("10.0.0.3"), "10.0.0.0/8"}},
	{"cidr", []any{"10.0.0.0/8", netip.MustParsePrefix("10.1.0.0/16")}},
	{"macaddr", []any{"08:00:2b:01:02:03", net.HardwareAddr{1, 2, 3, 4, 5, 6}}},
	{"mood", []any{"happy", namedString("sad"), spoken("happy"), ptr(namedString("sad"))}},
	{"text[]", []any{[]string{"a", "b,c", `q"uo\te`, "NULL", "{}", ""}, []string{}, []string(nil), []namedString{"x", "y"}, []spoken{"z"}, `{a,"b c"}`, []*string{ptr("a"), nil}}},
	{"varchar[]", []any{[]string{"a", "ü"}}},
	{"int4[]", []any{[]int{1, 2}, []int32{3}, []int64{-4}, []weekday{1}, []namedInt{2}, []uint16{7}}},
	{"int8[]", []any{[]int64{math.MinInt64, 0}, []int{}, []time.Duration{1}}},
	{"float8[]", []any{[]float64{0.1, math.Inf(1)}, []float32{0.1}}},
	{"bool[]", []any{[]bool{true, false}}},
	{"uuid[]", []any{[]uuid.UUID{someID, {}}, []string{someID.String()}}},
	{"timestamptz[]", []any{[]time.Time{someDay}}},
	{"timestamp[]", []any{[]time.Time{someDay.In(oslo)}}},
	{"bytea[]", []any{[][]byte{{1, 2}, {}}}},
	{"mood[]", []any{"{happy,sad}", []string{"sad"}}},
	{"tsvector", []any{"fat cat"}},
	{"int4range", []any{"[1,5)", pgtype.Range[pgtype.Int4]{Lower: pgtype.Int4{Int32: 1, Valid: true}, Upper: pgtype.Int4{Int32: 3, Valid: true}, LowerType: pgtype.Inclusive, UpperType: pgtype.Exclusive, Valid: true}}},
	{"bit(3)", []any{"101"}},
	{"point", []any{"(1,2)", pgtype.Point{P: pgtype.Vec2{X: 1, Y: 2}, Valid: true}}},
	{"money", []any{"12.34"}},
	{"oid", []any{uint32(4000000000), 7}},
	{"name", []any{"nom"}},
	{"xml", []any{"<a/>"}},
	{`"char"`, []any{"c"}},
}

// destinations are made anew for each scan.
var destinations = []func() any{
	func() any { return new(any) },
	func() any { return new(string) },
	func() any { return new([]byte) },
	func() any { return new(sql.NullString) },
	func() any { return new(sql.NullInt64) },
	func() any { return new(sql.NullInt32) },
	func() any { return new(sql.NullFloat64) },
	func() any { return new(sql.NullBool) },
	func() any { return new(sql.NullTime) },
	func() any { return new(time.Time) },
	func() any { return new(*time.Time) },
	func() any { return new(int) },
	func() any { return new(int64) },
	func() any { return new(int8) },
	func() any { return new(uint16) },
	func() any { return new(float32) },
	func() any { return new(float64) },
	func() any { return new(bool) },
	func() any { return new(*string) },
	func() any { return new(namedString) },
	func() any { return new(namedInt) },
	func() any { return new(namedBytes) },
	func() any { return new(json.RawMessage) },
	func() any { return new(uuid.UUID) },
	func() any { return new(uuid.NullUUID) },
	func() any { return &entsql.NullScanner{S: new(uuid.UUID)} },
	func() any { return &entsql.NullScanner{S: new(sql.NullString)} },
	func() any { return new(struct{ A int }) },
	func() any { return namedInt(1) },
	// The last, because database/sql takes no other Scan after it.
	func() any { return new(sql.RawBytes) },
}

// TestSameAsStock stores and reads every type through stdlib and through the
// driver, at first sight and later, and wants no difference.
func TestSameAsStock(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]neon.Mode{"direct": neon.ModeDirect, "pooled": neon.ModePooled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := neontest.Open(t)
			_, err := db.SQL().Exec("CREATE TYPE mood AS ENUM ('happy', 'sad')")
			require.NoError(t, err)
			stock := entsql.OpenDB(dialect.Postgres, db.SQL())
			for i, c := range typeCases {
				// A driver of its own sees each statement for the first time.
				ours, err := neon.Open(t.Context(), db.ClientURL(t), &neon.Config{Mode: mode, MaxConns: 2})
				require.NoError(t, err)
				table := fmt.Sprintf("t%d", i)
				require.NoError(t, stock.Exec(t.Context(), fmt.Sprintf("CREATE TABLE %s (id serial, c %s)", table, c.typ), []any{}, nil))
				for j, arg := range append(c.args, nil) {
					sameArgument(t, stock, ours, table, c.typ, j, arg)
				}
				sameColumns(t, stock, ours, table, c.typ)
				require.NoError(t, ours.Close())
			}
		})
	}
}

// sameArgument stores an argument and compares what Postgres makes of it.
func sameArgument(t *testing.T, stock, ours dialect.Driver, table, typ string, j int, arg any) {
	t.Helper()
	// The comment makes the text new to the driver.
	insert := fmt.Sprintf("INSERT INTO %s (c) VALUES ($1) RETURNING c::text /* %d */", table, j)
	var want sql.NullString
	if err := scanOne(t.Context(), stock, insert, &want, arg); err != nil {
		// What stdlib refuses without asking the server, the server may take.
		t.Logf("stdlib refuses %s <- %T: %v", typ, arg, err)
		return
	}
	what := fmt.Sprintf("%s <- %T(%v)", typ, arg, arg)
	tx, err := ours.Tx(t.Context())
	require.NoError(t, err)
	for _, sight := range []string{"first", "second", "third"} {
		var got sql.NullString
		require.NoError(t, scanOne(t.Context(), ours, insert, &got, arg), "%s, %s sight", what, sight)
		require.Equal(t, want, got, "%s, %s sight", what, sight)
	}
	inTx := strings.Replace(insert, "/*", "/* tx", 1)
	for _, sight := range []string{"first", "second", "third"} {
		var got sql.NullString
		require.NoError(t, scanOne(t.Context(), tx, inTx, &got, arg), "%s, %s sight in a transaction", what, sight)
		require.Equal(t, want, got, "%s, %s sight in a transaction", what, sight)
	}
	require.NoError(t, tx.Rollback())
}

// sameColumns reads the column into every destination.
func sameColumns(t *testing.T, stock, ours dialect.Driver, table, typ string) {
	t.Helper()
	query := fmt.Sprintf("SELECT c FROM %s ORDER BY id", table)
	want := scanAll(t, stock, query)
	for _, sight := range []string{"first", "second", "third"} {
		got := scanAll(t, ours, query)
		require.Len(t, got, len(want))
		for i := range want {
			require.Equal(t, want[i].err, got[i].err, "%s -> %T, %s sight", typ, want[i].value, sight)
			require.True(t, same(want[i].value, got[i].value), "%s -> %T, %s sight: want %#v, got %#v", typ, want[i].value, sight, want[i].value, got[i].value)
		}
	}
}

// same is deep equality that takes NaN for NaN.
func same(a, b any) bool {
	return reflect.DeepEqual(a, b) || fmt.Sprintf("%#v", deref(a)) == fmt.Sprintf("%#v", deref(b)) && strings.Contains(fmt.Sprintf("%#v", deref(a)), "NaN")
}

func deref(v any) any {
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Pointer && !rv.IsNil() {
		return rv.Elem().Interface()
	}
	return v
}

func scanOne(ctx context.Context, on dialect.ExecQuerier, text string, dest any, args ...any) error {
	rows := &entsql.Rows{}
	if err := on.Query(ctx, text, append([]any{}, args...), rows); err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return rows.Err()
	}
	if err := rows.Scan(dest); err != nil {
		return err
	}
	return rows.Close()
}

type scanned struct {
	value any
	err   string
}

// scanAll scans each row into each destination.
func scanAll(t *testing.T, on dialect.ExecQuerier, text string) (out []scanned) {
	t.Helper()
	rows := &entsql.Rows{}
	require.NoError(t, on.Query(t.Context(), text, []any{}, rows))
	defer rows.Close()
	for rows.Next() {
		for _, dest := range destinations {
			d := dest()
			err := rows.Scan(d)
			if raw, ok := d.(*sql.RawBytes); ok {
				d = string(*raw)
			}
			out = append(out, scanned{d, fmt.Sprint(err)})
		}
	}
	require.NoError(t, rows.Err())
	require.NotEmpty(t, out)
	return out
}
