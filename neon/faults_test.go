package neon_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent/user"
	"github.com/espalier-go/espalier/internal/wireproxy"
	"github.com/espalier-go/espalier/neon"
)

// killBackends ends all sessions of the driver, as a suspension does.
func (w *wire) killBackends(t *testing.T) {
	t.Helper()
	_, err := w.db.SQL().Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	require.NoError(t, err)
}

// allGone waits until the end of the sessions has arrived: a client can't see it
// sooner.
func (w *wire) allGone(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return w.Live() == 0 }, 20*time.Second, 5*time.Millisecond)
	// From the proxy to the client it is one more step.
	time.Sleep(20 * time.Millisecond)
}

// sometimes acts on the first message of a kind that holds the text.
func sometimes(kind byte, text string, do wireproxy.Action) (func(byte, []byte) wireproxy.Action, *atomic.Int64) {
	var hits atomic.Int64
	return func(k byte, body []byte) wireproxy.Action {
		if k == kind && bytes.Contains(body, []byte(text)) && hits.Add(1) == 1 {
			return do
		}
		return wireproxy.Forward
	}, &hits
}

// TestStaleConnection: connections that the server has closed while they were
// idle surface nowhere, neither on reads nor on writes.
func TestStaleConnection(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	client, ctx := w.client(t), t.Context()
	for i := range 5 {
		client.User.Create().SetName(fmt.Sprint("u", i)).SaveX(ctx)
		w.killBackends(t)
		w.allGone(t)
		require.Equal(t, i+1, client.User.Query().CountX(ctx))
		w.killBackends(t)
		w.allGone(t)
		client.User.Update().SetNickname("x").ExecX(ctx)
		w.Cut()
		w.allGone(t)
		_, err := w.drv.DB().ExecContext(ctx, "UPDATE user_account SET nickname = 'y'")
		require.NoError(t, err)
	}
}

// TestReadRetried: a read whose connection breaks on the way is run again.
func TestReadRetried(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]wireproxy.Action{"before the server": wireproxy.Drop, "before the answer": wireproxy.Mute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := openWire(t, nil)
			client, ctx := w.client(t), t.Context()
			client.User.Create().SetName("sandy").SaveX(ctx)
			for range 3 {
				hook, hits := sometimes('B', "", do)
				w.OnMessage(hook)
				require.Equal(t, "sandy", client.User.Query().Where(user.Name("sandy")).OnlyX(ctx).Name)
				require.Equal(t, int64(2), hits.Load())
				w.OnMessage(nil)
			}
			// A function may write: such a read is not repeated.
			_, err := w.drv.DB().Exec("CREATE SEQUENCE counter")
			require.NoError(t, err)
			hook, hits := sometimes('B', "", do)
			w.OnMessage(hook)
			_, err = oneOf[int](ctx, w.drv, "SELECT nextval('counter'::regclass) WHERE $1", true)
			require.True(t, neon.IsUnknownCommit(err), "%v", err)
			require.Equal(t, int64(1), hits.Load())
		})
	}
}

// TestWriteNeverTwice cuts the connection at every point of a write, and looks
// what the database has.
func TestWriteNeverTwice(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	client, ctx := w.client(t), t.Context()
	create := func(name string) error {
		return client.User.Create().SetName(name).Exec(ctx)
	}
	require.NoError(t, create("first"))
	for i, do := range []wireproxy.Action{wireproxy.Drop, wireproxy.Mute, wireproxy.Drop, wireproxy.Mute} {
		name := fmt.Sprint("cut", i)
		hook, hits := sometimes('B', name, do)
		w.OnMessage(hook)
		err := create(name)
		require.Equal(t, int64(1), hits.Load(), "the write was sent once")
		require.True(t, neon.IsUnknownCommit(err), "%v", err)
		require.True(t, neon.IsConnectionLost(err), "%v", err)
		var hint interface{ Hint() string }
		require.ErrorAs(t, err, &hint)
		n := client.User.Query().Where(user.Name(name)).CountX(ctx)
		require.LessOrEqual(t, n, 1)
		if do == wireproxy.Drop {
			require.Zero(t, n, "the server never saw it")
		}
	}
	w.idle(t)
}

// TestKilledMidStatement: the backend dies while it works.
func TestKilledMidStatement(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	ctx := t.Context()
	w.exec(t, "CREATE TABLE log (n int)")
	for text, run := range map[string]func(string) error{
		"INSERT INTO log SELECT $1::int FROM pg_sleep(60)": func(text string) error {
			return w.drv.Exec(ctx, text, []any{1}, nil)
		},
		"INSERT INTO log SELECT 2 FROM pg_sleep(60)": func(text string) error {
			return w.drv.Exec(ctx, text, []any{}, nil)
		},
		"INSERT INTO log SELECT 3 FROM pg_sleep(60)": func(text string) error {
			_, err := w.drv.DB().ExecContext(ctx, text)
			return err
		},
	} {
		done := make(chan error, 1)
		go func() { done <- run(text) }()
		w.waitFor(t, text)
		w.killBackends(t)
		select {
		case err := <-done:
			require.Error(t, err, text)
			require.True(t, neon.IsUnknownCommit(err) || neon.IsConnectionLost(err), "%s: %v", text, err)
		case <-time.After(20 * time.Second):
			require.Fail(t, "the write was started again", text)
		}
	}
	require.Zero(t, one[int](t, w.drv, "SELECT count(*) FROM log"))
	w.idle(t)
}

// waitFor waits until a session runs what holds the text.
func (w *wire) waitFor(t *testing.T, text string) {
	t.Helper()
	require.Eventually(t, func() bool {
		var n int
		err := w.db.SQL().QueryRow(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
			AND pid <> pg_backend_pid() AND state = 'active' AND query LIKE '%' || $1 || '%'`, text).Scan(&n)
		return err == nil && n > 0
	}, 20*time.Second, 10*time.Millisecond)
}

// TestStdlibRunsWriteOnce is the trap of pgx 5.9 and later: a lost connection is
// said to be unused, and database/sql runs the statement again.
func TestStdlibRunsWriteOnce(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	w.exec(t, "CREATE TABLE log (n int)")
	hook, hits := sometimes('Q', "INSERT INTO log", wireproxy.Mute)
	w.OnMessage(hook)
	_, err := w.drv.DB().ExecContext(t.Context(), "INSERT INTO log VALUES (1)")
	require.True(t, neon.IsUnknownCommit(err), "%v", err)
	require.Equal(t, int64(1), hits.Load())
	require.LessOrEqual(t, one[int](t, w.drv, "SELECT count(*) FROM log"), 1)
}

// TestUnknownCommit loses the answer to COMMIT, and the COMMIT itself.
func TestUnknownCommit(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	client, ctx := w.client(t), t.Context()
	for i, do := range []wireproxy.Action{wireproxy.Mute, wireproxy.Drop} {
		name := fmt.Sprint("commit", i)
		tx, err := client.Tx(ctx)
		require.NoError(t, err)
		tx.User.Create().SetName(name).SaveX(ctx)
		hook, hits := sometimes('P', "commit", do)
		w.OnMessage(hook)
		err = tx.Commit()
		require.True(t, neon.IsUnknownCommit(err), "%v", err)
		require.False(t, neon.IsRetryableTx(err))
		require.Equal(t, int64(1), hits.Load())
		if do == wireproxy.Drop {
			require.Zero(t, client.User.Query().Where(user.Name(name)).CountX(ctx))
		}
	}
	w.idle(t)
}

// TestTransactionLost: a connection that dies in a transaction takes it along,
// and the error says that it may be run again.
func TestTransactionLost(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	client, ctx := w.client(t), t.Context()
	tx, err := client.Tx(ctx)
	require.NoError(t, err)
	tx.User.Create().SetName("lost").SaveX(ctx)
	w.killBackends(t)
	_, err = tx.User.Query().Count(ctx)
	require.True(t, neon.IsConnectionLost(err), "%v", err)
	require.True(t, neon.IsRetryableTx(err))
	_, err = tx.User.Query().Count(ctx)
	require.Error(t, err)
	err = tx.Commit()
	require.Error(t, err)
	require.False(t, neon.IsUnknownCommit(err), "COMMIT was never sent")
	require.True(t, neon.IsRetryableTx(err), "%v", err)
	require.Zero(t, client.User.Query().CountX(ctx))
	w.idle(t)
}

// TestTransactionBegunAnew: what is lost along with BEGIN has not happened, so
// the first statement of a transaction survives a stale connection even as a
// write.
func TestTransactionBegunAnew(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	client, ctx := w.client(t), t.Context()
	client.User.Create().SetName("warm").SaveX(ctx)
	hook, hits := sometimes('P', "begin", wireproxy.Mute)
	w.OnMessage(hook)
	tx, err := client.Tx(ctx)
	require.NoError(t, err)
	tx.User.Create().SetName("once").SaveX(ctx)
	require.NoError(t, tx.Commit())
	require.Equal(t, int64(2), hits.Load())
	require.Equal(t, 1, client.User.Query().Where(user.Name("once")).CountX(ctx))
}

// TestKilledMidResult: an error while rows stream is an error of the rows.
func TestKilledMidResult(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	rows := &entsql.Rows{}
	require.NoError(t, w.drv.Query(t.Context(), "SELECT repeat('x', 10000) FROM generate_series(1, $1)", []any{20000}, rows))
	require.True(t, rows.Next())
	w.Cut()
	n := 0
	for rows.Next() {
		n++
	}
	require.Error(t, rows.Err())
	require.Error(t, rows.Close())
	require.Less(t, n, 19999)
	w.idle(t)
	require.Equal(t, 1, one[int](t, w.drv, "SELECT $1::int", 1))
}

// TestCancel: a context that ends in the middle costs one connection, no more.
func TestCancel(t *testing.T) {
	t.Parallel()
	w := openWire(t, &neon.Config{MaxConns: 2})
	for i := range 4 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := oneOf[int](ctx, w.drv, "SELECT 1 FROM pg_sleep($1)", 60)
			done <- err
		}()
		w.waitFor(t, "pg_sleep")
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
		require.Equal(t, i, one[int](t, w.drv, "SELECT $1::int", i))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := w.drv.Exec(ctx, "SELECT pg_sleep(60)", []any{}, nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.True(t, pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded))
	// A context that has ended before costs nothing.
	trips := w.trips(t, func() {
		_, err = oneOf[int](ctx, w.drv, "SELECT 2")
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
	require.Zero(t, trips)
	w.idle(t)
	require.Eventually(t, func() bool {
		var n int
		err := w.db.SQL().QueryRow(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
			AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid() AND state = 'active'`).Scan(&n)
		return err == nil && n == 0
	}, 20*time.Second, 20*time.Millisecond, "the server still works for a caller who has left")
}

// TestDeadlineOnWrite: the answer comes too late; the write may be there, and is.
func TestDeadlineOnWrite(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	client := w.client(t)
	client.User.Query().CountX(t.Context())
	w.Delay(time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := client.User.Create().SetName("late").Exec(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.True(t, neon.IsUnknownCommit(err), "%v", err)
	w.Delay(0)
	require.Eventually(t, func() bool { return client.User.Query().Where(user.Name("late")).ExistX(t.Context()) },
		20*time.Second, 10*time.Millisecond)
	_, err = client.User.Query().Count(ctx)
	require.False(t, neon.IsUnknownCommit(err), "a read has no outcome to know")
}

// TestTransactionContext: the end of its context rolls a transaction back and
// frees the connection, also with rows open.
func TestTransactionContext(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	client := w.client(t)
	for _, open := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		tx, err := w.drv.Tx(ctx)
		require.NoError(t, err)
		require.NoError(t, tx.Exec(t.Context(), "INSERT INTO user_account (name) VALUES ($1)", []any{"gone"}, nil))
		rows := &entsql.Rows{}
		if open {
			require.NoError(t, tx.Query(t.Context(), "SELECT repeat('x', 10000) FROM generate_series(1, 20000)", []any{}, rows))
			require.True(t, rows.Next())
		}
		cancel()
		if open {
			require.Eventually(t, func() bool { return !rows.Next() }, 20*time.Second, time.Millisecond)
			require.Error(t, rows.Err())
		}
		w.idle(t)
		require.Error(t, tx.Commit())
		require.Zero(t, client.User.Query().CountX(t.Context()))
	}
}

// TestEncodeError: an argument that can't be sent harms neither the connection
// nor the transaction.
func TestEncodeError(t *testing.T) {
	t.Parallel()
	w := openWire(t, &neon.Config{MaxConns: 1})
	ctx := t.Context()
	tx, err := w.drv.Tx(ctx)
	require.NoError(t, err)
	for range 3 {
		require.Error(t, tx.Exec(ctx, "INSERT INTO user_account (name) VALUES ($1)", []any{make(chan int)}, nil))
		require.NoError(t, tx.Exec(ctx, "INSERT INTO user_account (name) VALUES ($1)", []any{"sandy"}, nil))
		require.ErrorContains(t, tx.Exec(ctx, "INSERT INTO user_account (name) VALUES ($1)", []any{"a", "b"}, nil), "expected 1 arguments, got 2")
	}
	require.NoError(t, tx.Commit())
	for range 3 {
		require.Error(t, w.drv.Exec(ctx, "UPDATE user_account SET nickname = $1", []any{func() {}}, nil))
		require.Equal(t, 3, one[int](t, w.drv, "SELECT count(*) FROM user_account WHERE name = $1", "sandy"))
	}
	require.Equal(t, 1, w.Opened())
}

// TestCancelOvertakes: a request to cancel that comes before its statement is
// repeated, or the server would sleep on and the connection keep its place.
func TestCancelOvertakes(t *testing.T) {
	t.Parallel()
	w := openWire(t, &neon.Config{MaxConns: 2})
	run := map[string]func(context.Context) error{
		"query": func(ctx context.Context) error {
			_, err := oneOf[int](ctx, w.drv, "SELECT 1 FROM pg_sleep($1) -- overtaken", 60)
			return err
		},
		"exec": func(ctx context.Context) error {
			return w.drv.Exec(ctx, "SELECT pg_sleep(60) -- overtaken", []any{}, nil)
		},
		"transaction": func(ctx context.Context) error {
			tx, err := w.drv.Tx(t.Context())
			require.NoError(t, err)
			defer tx.Rollback()
			w.exec(t, "SELECT 1")
			return tx.Exec(ctx, "SELECT pg_sleep(60) -- overtaken", []any{}, nil)
		},
	}
	for name, run := range run {
		ctx, cancel := context.WithCancel(t.Context())
		var held atomic.Int64
		w.OnMessage(func(kind byte, body []byte) wireproxy.Action {
			if bytes.Contains(body, []byte("overtaken")) && held.Add(1) == 1 {
				cancel()
				// Long enough for the first request, which finds nothing to cancel.
				time.Sleep(200 * time.Millisecond)
			}
			return wireproxy.Forward
		})
		require.ErrorIs(t, run(ctx), context.Canceled, name)
		require.Eventually(t, func() bool {
			var n int
			err := w.db.SQL().QueryRow(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
				AND query LIKE '%overtaken%' AND pid <> pg_backend_pid() AND state = 'active'`).Scan(&n)
			return err == nil && n == 0 && held.Load() > 0 && w.drv.Pool().Stat().AcquiredConns() == 0
		}, 10*time.Second, 10*time.Millisecond, name)
	}
}
