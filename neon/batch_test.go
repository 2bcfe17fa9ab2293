package neon_test

import (
	"errors"
	"fmt"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/internal/wireproxy"
	"github.com/espalier-go/espalier/neon"
)

// graph is a batch of writes and a read, whose result lands in ids.
func graph(run int, ids *[]int) *neon.Batch {
	b := &neon.Batch{}
	for i := range 3 {
		b.Queue("INSERT INTO user_account (name, nickname) VALUES ($1, $2)", []any{fmt.Sprint("u", run, i), []byte("nick")}, nil)
	}
	b.Queue("UPDATE user_account SET fullname = $1 WHERE name LIKE $2", []any{"full", fmt.Sprint("u", run, "%")}, nil)
	b.Queue("SELECT id FROM user_account WHERE name LIKE $1 ORDER BY id", []any{fmt.Sprint("u", run, "%")}, func(rows *entsql.Rows) error {
		*ids = nil
		return entsql.ScanSlice(rows, ids)
	})
	return b
}

func TestBatch(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]neon.Mode{"direct": neon.ModeDirect, "pooled": neon.ModePooled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := openWire(t, &neon.Config{Mode: mode, MaxConns: 1})
			ctx := t.Context()
			w.exec(t, "SELECT 1")
			debug := dialect.Debug(w.drv, func(...any) {})
			for run := range 4 {
				var ids []int
				b := graph(run, &ids)
				require.Equal(t, 1, w.trips(t, func() {
					require.NoError(t, debug.Query(ctx, b.String(), []any{}, b))
				}), "run %d", run)
				require.Len(t, ids, 3)
				require.EqualValues(t, 1, b.RowsAffected(0))
				require.EqualValues(t, 3, b.RowsAffected(3))

				b = graph(100+run, &ids)
				require.Equal(t, 2, w.trips(t, func() {
					tx, err := debug.Tx(ctx)
					require.NoError(t, err)
					require.NoError(t, tx.Query(ctx, b.String(), []any{}, b))
					require.NoError(t, tx.Rollback())
				}), "run %d in a transaction", run)
				require.Len(t, ids, 3)
			}
			require.Equal(t, 12, one[int](t, w.drv, "SELECT count(*) FROM user_account"))
			require.NoError(t, w.drv.Query(ctx, "", []any{}, &neon.Batch{}), "an empty batch is nothing")
			require.Equal(t, 1, w.Opened())
		})
	}
}

// TestBatchFails: all or nothing, and the connection goes on.
func TestBatchFails(t *testing.T) {
	t.Parallel()
	w := openWire(t, &neon.Config{MaxConns: 1})
	ctx := t.Context()
	stock := entsql.OpenDB(dialect.Postgres, w.db.SQL())
	require.Error(t, stock.Query(ctx, "", []any{}, &neon.Batch{}), "other drivers refuse it")
	own := errors.New("enough")
	for range 3 {
		b := &neon.Batch{}
		b.Queue("INSERT INTO user_account (id, name) VALUES ($1, $2)", []any{1, "a"}, nil)
		b.Queue("INSERT INTO user_account (id, name) VALUES ($1, $2)", []any{1, "b"}, nil)
		b.Queue("SELECT 1", nil, nil)
		err := w.drv.Query(ctx, b.String(), []any{}, b)
		var failed *neon.BatchError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, 1, failed.Index)
		require.True(t, sqlgraph.IsUniqueConstraintError(err))
		require.ErrorAs(t, err, new(*pgconn.PgError))
		require.Zero(t, one[int](t, w.drv, "SELECT count(*) FROM user_account WHERE $1", true))

		b = &neon.Batch{}
		b.Queue("INSERT INTO user_account (name) VALUES ($1)", []any{"a"}, nil)
		b.Queue("INSERT INTO user_account (name) VALUES ($1)", []any{make(chan int)}, nil)
		require.ErrorAs(t, w.drv.Query(ctx, b.String(), []any{}, b), &failed)
		require.Equal(t, 1, failed.Index)

		b = &neon.Batch{}
		b.Queue("SELECT generate_series(1, $1)", []any{1000}, func(*entsql.Rows) error { return own })
		b.Queue("SELECT 1", nil, nil)
		require.ErrorIs(t, w.drv.Query(ctx, b.String(), []any{}, b), own)
		require.Zero(t, one[int](t, w.drv, "SELECT count(*) FROM user_account WHERE $1", true))
	}
	require.Equal(t, 1, w.Opened())
}

// TestBatchLost: writes are not repeated, reads are.
func TestBatchLost(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	ctx := t.Context()
	var ids []int
	w.exec(t, "SELECT 1")
	hook, hits := sometimes('B', "nick", wireproxy.Mute)
	w.OnMessage(hook)
	b := graph(1, &ids)
	err := w.drv.Query(ctx, b.String(), []any{}, b)
	require.True(t, neon.IsUnknownCommit(err), "%v", err)
	require.LessOrEqual(t, int(hits.Load()), 3, "sent once")
	w.OnMessage(nil)
	require.Contains(t, []int{0, 3}, one[int](t, w.drv, "SELECT count(*) FROM user_account"))

	hook, hits = sometimes('B', "", wireproxy.Mute)
	w.OnMessage(hook)
	b = &neon.Batch{}
	for i := range 3 {
		b.Queue("SELECT $1::int", []any{i}, func(rows *entsql.Rows) error {
			n, err := entsql.ScanInt(rows)
			require.Equal(t, i, n)
			return err
		})
	}
	require.NoError(t, w.drv.Query(ctx, b.String(), []any{}, b))
	require.Greater(t, hits.Load(), int64(3))
}
