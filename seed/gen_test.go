package seed_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/seed"
)

// The rows of a seed number are the same on every machine. Where a value
// changes, every data set's rows do: raise their versions.
func TestGolden(t *testing.T) {
	t.Parallel()
	got, err := seed.Digest(family(), 42, 50)
	require.NoError(t, err)
	require.Equal(t, "c79671afcad7df676bd4bae5e04dcb8fcee398d7a2f0d393aecf901ca2998911", got)
}

// draw calls f with the Gen of the rows of a table.
func draw(t *testing.T, rows int64, f func(g *seed.Gen, i int64)) {
	t.Helper()
	ds := &seed.Dataset{Name: "draw", Tables: []seed.Table{{
		Name: "t", Columns: []string{"c"}, Rows: func(int64) int64 { return rows },
		Row: func(g *seed.Gen, i int64, _ []any) { f(g, i) },
	}}}
	require.NoError(t, ds.Generate("t", 1, 1, 0, rows, func([]any) bool { return true }))
}

func TestGenRowsAreIndependent(t *testing.T) {
	t.Parallel()
	var forward, other []uint64
	draw(t, 100, func(g *seed.Gen, _ int64) { forward = append(forward, g.Uint64()) })
	draw(t, 100, func(g *seed.Gen, i int64) {
		g.Fake.Name() // what a row draws besides must not show in others
		g.At(seed.NewStream("t"), 99-i)
		other = append(other, g.Uint64())
	})
	seen := map[uint64]bool{}
	for i, v := range forward {
		require.Equal(t, v, other[99-i])
		require.False(t, seen[v])
		seen[v] = true
	}
}

func TestGenUUID(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 3, 4, 5, 6, 7, 89_000_000, time.UTC)
	seen := map[uuid.UUID]bool{}
	draw(t, 1000, func(g *seed.Gen, i int64) {
		id := uuid.UUID(g.UUID(seed.NewStream("x"), i, at))
		require.Equal(t, uuid.Version(7), id.Version())
		require.Equal(t, uuid.RFC4122, id.Variant())
		sec, nsec := id.Time().UnixTime()
		require.Equal(t, at, time.Unix(sec, nsec).UTC())
		require.False(t, seen[id])
		seen[id] = true
	})
}

func TestGenSkewed(t *testing.T) {
	t.Parallel()
	low, n := 0, 10_000
	draw(t, int64(n), func(g *seed.Gen, _ int64) {
		v := g.Skewed(100)
		require.GreaterOrEqual(t, v, int64(0))
		require.Less(t, v, int64(100))
		if v < 25 {
			low++
		}
	})
	require.InDelta(t, n/2, low, float64(n)/50)
	draw(t, 100, func(g *seed.Gen, _ int64) { require.Zero(t, g.Skewed(1)) })
}

func TestBetween(t *testing.T) {
	t.Parallel()
	from, to := seed.Epoch.AddDate(-2, 0, 0), seed.Epoch
	last := from.Add(-time.Microsecond)
	for i := range int64(1000) {
		at := seed.Between(from, to, i, 1000)
		require.True(t, at.After(last) && at.Before(to))
		require.Zero(t, at.Nanosecond()%1000)
		last = at
	}
	require.Equal(t, from, seed.Between(from, to, 0, 1))
	require.True(t, seed.Between(from, to, 1e12, 1e12+1).Before(to), "no overflow")
}

func TestGenerateRange(t *testing.T) {
	t.Parallel()
	collect := func(from, to int64) (names []any) {
		require.NoError(t, family().Generate("parent", 1, 100, from, to, func(row []any) bool {
			names = append(names, row[1])
			return true
		}))
		return names
	}
	require.Equal(t, collect(0, 100)[30:70], collect(30, 70))
	require.ErrorContains(t, family().Generate("nobody", 1, 1, 0, 1, nil), `no table "nobody"`)
}
