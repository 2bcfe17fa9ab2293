package neon_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/internal/wireproxy"
	"github.com/espalier-go/espalier/neon"
)

// ours counts the goroutines that neon and pgx have started.
func ours() (n int) {
	buf := make([]byte, 4<<20)
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(stack, "created by github.com/espalier-go/espalier/neon.") ||
			strings.Contains(stack, "created by github.com/jackc/pgx/v5/pgconn") {
			n++
		}
	}
	return n
}

// whole tells that nothing of the driver was lost: all connections are back, and
// each of them works.
func (c *cut) whole(t *testing.T, at string) {
	t.Helper()
	require.Eventually(t, func() bool { return c.drv.Pool().Stat().AcquiredConns() == 0 },
		20*time.Second, time.Millisecond, "%s: a connection was not given back", at)
	for i, conn := range c.drv.Pool().AcquireAllIdle(t.Context()) {
		require.Equal(t, byte('I'), conn.Conn().PgConn().TxStatus(), at)
		require.False(t, conn.Conn().PgConn().IsBusy(), at)
		conn.Release()
		require.Equal(t, i, one[int](t, c.drv, "SELECT $1::int", i), at)
	}
}

// panicking is a value that panics where it is used.
type panicking struct{}

var errPanic = errors.New("on purpose")

func (panicking) Scan(any) error { panic(errPanic) }

func (panicking) EncodeText(any, []byte) ([]byte, error) { panic(errPanic) }

// TestAbuse runs alone, as it counts goroutines: whatever callers do, no
// connection is lost or left in a state that the next one would feel.
func TestAbuse(t *testing.T) {
	abuses := map[string]func(*cut, context.Context) error{
		"rows closed early": func(c *cut, ctx context.Context) error {
			rows := &entsql.Rows{}
			if err := c.drv.Query(ctx, "SELECT repeat('x', 1000) FROM generate_series(1, $1)", []any{1000}, rows); err != nil {
				return err
			}
			if !rows.Next() {
				return errors.New("no row")
			}
			return rows.Close()
		},
		"rows closed early, database/sql": func(c *cut, ctx context.Context) error {
			rows, err := c.drv.QueryContext(ctx, "SELECT repeat('x', 1000) FROM generate_series(1, $1)", 1000)
			if err != nil || !rows.Next() {
				return errors.Join(err, errors.New("no row"))
			}
			return rows.Close()
		},
		"rows closed early in a transaction": func(c *cut, ctx context.Context) error {
			tx, err := c.drv.Tx(ctx)
			if err != nil {
				return err
			}
			rows := &entsql.Rows{}
			if err := tx.Query(ctx, "SELECT repeat('x', 1000) FROM generate_series(1, 1000)", []any{}, rows); err != nil {
				return err
			}
			rows.Next()
			return errors.Join(rows.Close(), tx.Commit())
		},
		"rows left open in a transaction": func(c *cut, ctx context.Context) error {
			tx, err := c.drv.Tx(ctx)
			if err != nil {
				return err
			}
			rows := &entsql.Rows{}
			if err := tx.Query(ctx, "SELECT repeat('x', 1000) FROM generate_series(1, 1000)", []any{}, rows); err != nil {
				return err
			}
			return tx.Rollback()
		},
		"encode error": func(c *cut, ctx context.Context) error {
			if err := c.drv.Exec(ctx, "SELECT $1::int", []any{make(chan int)}, nil); err == nil {
				return errors.New("a channel was sent")
			}
			return nil
		},
		"encode error in the middle of a batch": func(c *cut, ctx context.Context) error {
			var b neon.Batch
			b.Queue("SELECT $1::int", []any{1}, nil)
			b.Queue("SELECT $1::int", []any{make(chan int)}, nil)
			if err := c.drv.Query(ctx, b.String(), []any{}, &b); err == nil {
				return errors.New("a channel was sent")
			}
			return nil
		},
		"panic in Scan": func(c *cut, ctx context.Context) error {
			return recovered(func() error {
				rows := &entsql.Rows{}
				if err := c.drv.Query(ctx, "SELECT repeat('x', 1000) FROM generate_series(1, $1)", []any{1000}, rows); err != nil {
					return err
				}
				defer rows.Close()
				rows.Next()
				return rows.Scan(panicking{})
			})
		},
		"panic while encoding": func(c *cut, ctx context.Context) error {
			return recovered(func() error { return c.drv.Exec(ctx, "SELECT $1::text", []any{panicValuer{}}, nil) })
		},
		"panic while encoding, transaction": func(c *cut, ctx context.Context) error {
			return recovered(func() error {
				tx, err := c.drv.Tx(ctx)
				if err != nil {
					return err
				}
				defer tx.Rollback()
				return tx.Exec(ctx, "SELECT $1::text", []any{panicValuer{}}, nil)
			})
		},
		"panic in a batch": func(c *cut, ctx context.Context) error {
			return recovered(func() error {
				var b neon.Batch
				b.Queue("SELECT $1::int", []any{1}, func(*entsql.Rows) error { panic(errPanic) })
				b.Queue("SELECT $1::int", []any{2}, nil)
				return c.drv.Query(ctx, b.String(), []any{}, &b)
			})
		},
		"panic in a batch, transaction": func(c *cut, ctx context.Context) error {
			tx, err := c.drv.Tx(ctx)
			if err != nil {
				return err
			}
			err = recovered(func() error {
				var b neon.Batch
				b.Queue("INSERT INTO user_account (name) VALUES ($1)", []any{"gone"}, nil)
				b.Queue("SELECT $1::int", []any{1}, func(*entsql.Rows) error { panic(errPanic) })
				b.Queue("SELECT $1::int", []any{2}, nil)
				return tx.Query(ctx, b.String(), []any{}, &b)
			})
			if err != nil {
				return err
			}
			if err := tx.Commit(); err == nil {
				return errors.New("what a panic has torn was committed")
			}
			return nil
		},
		"panic in InTx": func(c *cut, ctx context.Context) error {
			return recovered(func() error {
				return c.client.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
					tx.User.Create().SetName("gone").SaveX(ctx)
					panic(errPanic)
				})
			})
		},
		"panic in a nested InTx": func(c *cut, ctx context.Context) error {
			return c.client.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
				err := recovered(func() error {
					return tx.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
						tx.User.Create().SetName("gone").SaveX(ctx)
						panic(errPanic)
					})
				})
				if err != nil {
					return err
				}
				_, err = tx.User.Query().Count(ctx)
				return err
			})
		},
	}
	before := ours()
	for mode, cfg := range map[string]neon.Config{"named": {}, "pooled": {Mode: neon.ModePooled}} {
		c := openCut(t, cfg)
		for name, abuse := range abuses {
			for call := range 3 {
				at := fmt.Sprintf("%s, %s, call %d", mode, name, call)
				require.NoError(t, abuse(c, t.Context()), at)
				c.whole(t, at)
			}
		}
		require.Zero(t, c.client.User.Query().CountX(t.Context()))
		require.NoError(t, c.drv.Close())
	}
	require.Eventually(t, func() bool { return ours() <= before }, 20*time.Second, 5*time.Millisecond, "goroutines are left")
}

type panicValuer struct{ panicking }

// String has pgx call it, Value has ent's fields do.
func (panicValuer) String() string { panic(errPanic) }

// recovered expects the panic.
func recovered(f func() error) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
			err = errors.Join(err, errors.New("no panic"))
		case errPanic:
			err = nil
		default:
			panic(p)
		}
	}()
	return f()
}

// TestCancelAnywhere ends the context at every message, of both sides.
func TestCancelAnywhere(t *testing.T) {
	t.Parallel()
	runs := map[string]func(context.Context, *neon.Driver, int) error{
		"read": func(ctx context.Context, drv *neon.Driver, n int) error {
			_, err := oneOf[int](ctx, drv, fmt.Sprintf("SELECT count(*) FROM log WHERE n > $1 -- %d", n), 0)
			return err
		},
		"write": func(ctx context.Context, drv *neon.Driver, n int) error {
			return drv.Exec(ctx, "INSERT INTO log VALUES ($1) RETURNING n", []any{n}, nil)
		},
		"simple protocol": func(ctx context.Context, drv *neon.Driver, n int) error {
			return drv.Exec(ctx, fmt.Sprintf("INSERT INTO log VALUES (%d)", n), []any{}, nil)
		},
		"batch": func(ctx context.Context, drv *neon.Driver, n int) error {
			var b neon.Batch
			b.Queue("INSERT INTO log VALUES ($1)", []any{n}, nil)
			b.Queue("SELECT count(*) FROM log", nil, nil)
			return drv.Query(ctx, b.String(), []any{}, &b)
		},
		"transaction": func(ctx context.Context, drv *neon.Driver, n int) error {
			tx, err := drv.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			if err := tx.Exec(ctx, "INSERT INTO log VALUES ($1)", []any{n}, nil); err != nil {
				_ = tx.Rollback()
				return err
			}
			return tx.Commit()
		},
	}
	for name, run := range runs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := openCut(t, neon.Config{})
			require.NoError(t, c.drv.Exec(t.Context(), "CREATE TABLE log (n int)", []any{}, nil))
			n := 0
			for _, way := range []wireproxy.Way{wireproxy.CancelAnswer, wireproxy.CancelSent} {
				fired := true
				for after := 0; fired; after++ {
					require.Less(t, after, 100)
					n++
					ctx, cancel := context.WithCancel(t.Context())
					c.OnCancel(cancel)
					c.Cut(way, after)
					err := run(ctx, c.drv, n)
					fired = c.Fired()
					at := fmt.Sprintf("way %d, message %d: %v", way, after, err)
					cancel()
					c.whole(t, at)
					rows := c.count(t, "log", n)
					switch {
					case err == nil:
						require.True(t, name == "read" || rows == 1, at)
					case neon.IsUnknownCommit(err):
						require.LessOrEqual(t, rows, 1, at)
					default:
						require.ErrorIs(t, err, context.Canceled, at)
						require.Zero(t, rows, at)
					}
					require.True(t, fired || err == nil, at)
				}
			}
		})
	}
}
