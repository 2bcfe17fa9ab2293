package neon_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/user"
	"github.com/espalier-go/espalier/internal/wireproxy"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neontest"
)

// cut is a driver on a network that breaks where it is told to.
type cut struct {
	*wireproxy.Cutter
	drv    *neon.Driver
	client *ent.Client
	db     *neontest.DB
}

func openCut(t *testing.T, cfg neon.Config) *cut {
	t.Helper()
	c := &cut{Cutter: wireproxy.NewCutter(), db: neontest.Open(t)}
	cfg.MaxConns = 2
	cfg.ConfigurePool = func(pc *pgxpool.Config) { pc.ConnConfig.DialFunc = c.Dial }
	var err error
	c.drv, err = neon.Open(t.Context(), c.db.URL, &cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.drv.Close()) })
	c.client = ent.NewClient(ent.Driver(c.drv))
	return c
}

// everywhere calls try for every way that a connection breaks and every message
// behind which it can, until one lies behind the last of them.
func (c *cut) everywhere(t *testing.T, try func(t *testing.T, at string)) {
	t.Helper()
	for name, way := range wireproxy.Ways {
		points := 0
		for after := 0; ; after++ {
			require.Less(t, after, 100)
			c.Cut(way, after)
			try(t, fmt.Sprintf("%s behind message %d", name, after))
			if !c.Fired() {
				break
			}
			points++
		}
		require.NotZero(t, points, name)
	}
	require.Eventually(t, func() bool { return c.drv.Pool().Stat().AcquiredConns() == 0 },
		20*time.Second, time.Millisecond, "a connection was not given back")
}

var cutModes = map[string]neon.Config{"named": {}, "first sight": {}, "pooled": {Mode: neon.ModePooled}}

// repeated tells what is worth its time in other modes than the first.
var repeated = map[string][]string{
	"first sight": {"one row", "rows", "graph", "exec", "batch", "driver"},
	"pooled":      {"rows", "query", "driver"},
}

func worth(mode, name string) bool {
	return mode == "named" || slices.Contains(repeated[mode], name)
}

// TestReadCutAnywhere: a read whose answer fits into what is read ahead never
// fails, wherever the connection breaks.
func TestReadCutAnywhere(t *testing.T) {
	t.Parallel()
	for mode, cfg := range cutModes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			c, ctx := openCut(t, cfg), t.Context()
			for i := range 5 {
				u := c.client.User.Create().SetName(fmt.Sprint("u", i)).SaveX(ctx)
				c.client.Address.Create().SetEmailAddress(fmt.Sprint(i, "@example.com")).SetUser(u).SaveX(ctx)
			}
			n := 0
			// A text that no connection has seen, where the mode is about those.
			text := func(s string) string {
				if n++; mode == "first sight" {
					s += fmt.Sprint(" -- ", n)
				}
				return s
			}
			reads := map[string]func(t *testing.T, at string){
				"one row": func(t *testing.T, at string) {
					got, err := oneOf[int](ctx, c.drv, text("SELECT count(*) FROM user_account WHERE id > $1"), 0)
					require.NoError(t, err, at)
					require.Equal(t, 5, got, at)
				},
				"rows": func(t *testing.T, at string) {
					rows := &entsql.Rows{}
					require.NoError(t, c.drv.Query(ctx, text("SELECT name FROM user_account WHERE id > $1 ORDER BY id"), []any{0}, rows), at)
					var names []string
					require.NoError(t, entsql.ScanSlice(rows, &names), at)
					require.Equal(t, []string{"u0", "u1", "u2", "u3", "u4"}, names, at)
					require.NoError(t, rows.Close(), at)
				},
				"database/sql": func(t *testing.T, at string) {
					rows, err := c.drv.QueryContext(ctx, text("SELECT id FROM user_account"))
					require.NoError(t, err, at)
					var ids []int
					require.NoError(t, entsql.ScanSlice(rows, &ids), at)
					require.Len(t, ids, 5, at)
				},
				"no row": func(t *testing.T, at string) {
					require.NoError(t, c.drv.Exec(ctx, text("SELECT id FROM user_account WHERE id = $1"), []any{-1}, nil), at)
				},
				"simple protocol": func(t *testing.T, at string) {
					require.NoError(t, c.drv.Ping(ctx), at)
				},
				"graph": func(t *testing.T, at string) {
					users, err := c.client.User.Query().WithAddresses().Order(user.ByID()).All(ctx)
					require.NoError(t, err, at)
					require.Len(t, users, 5, at)
					require.Equal(t, "4@example.com", users[4].Edges.Addresses[0].EmailAddress, at)
				},
				"batch": func(t *testing.T, at string) {
					var b neon.Batch
					var ids []int
					b.Queue(text("SELECT id FROM user_account WHERE id > $1"), []any{0}, func(rows *entsql.Rows) error {
						ids = nil
						return entsql.ScanSlice(rows, &ids)
					})
					b.Queue(text("SELECT count(*) FROM address"), nil, nil)
					require.NoError(t, c.drv.Query(ctx, b.String(), []any{}, &b), at)
					require.Len(t, ids, 5, at)
				},
			}
			for name, read := range reads {
				if !worth(mode, name) {
					continue
				}
				t.Run(name, func(t *testing.T) { c.everywhere(t, read) })
			}
		})
	}
}

// TestWriteCutAnywhere: a write runs once or not at all, and where nobody can
// know it the error says so.
func TestWriteCutAnywhere(t *testing.T) {
	t.Parallel()
	for mode, cfg := range cutModes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			c, ctx := openCut(t, cfg), t.Context()
			require.NoError(t, c.drv.Exec(ctx, "CREATE TABLE log (n int)", []any{}, nil))
			require.NoError(t, c.drv.Exec(ctx, "CREATE TABLE twin (n int)", []any{}, nil))
			n := 0
			insert := func() string {
				if mode == "first sight" {
					return fmt.Sprintf("INSERT INTO log VALUES ($1) RETURNING n -- %d", n)
				}
				return "INSERT INTO log VALUES ($1) RETURNING n"
			}
			writes := map[string]func() error{
				"exec": func() error { return c.drv.Exec(ctx, insert(), []any{n}, nil) },
				"query": func() error {
					got, err := oneOf[int](ctx, c.drv, insert(), n)
					if err == nil {
						require.Equal(t, n, got)
					}
					return err
				},
				"simple protocol": func() error {
					return c.drv.Exec(ctx, fmt.Sprintf("INSERT INTO log VALUES (%d)", n), []any{}, nil)
				},
				"batch": func() error {
					var b neon.Batch
					b.Queue(insert(), []any{n}, nil)
					b.Queue("INSERT INTO twin VALUES ($1)", []any{n}, nil)
					return c.drv.Query(ctx, b.String(), []any{}, &b)
				},
				"variable": func() error {
					return c.drv.Exec(entsql.WithVar(ctx, "app.tenant", "t"), insert(), []any{n}, nil)
				},
				"database/sql": func() error {
					_, err := c.drv.DB().ExecContext(ctx, fmt.Sprintf("INSERT INTO log VALUES (%d)", n))
					return err
				},
				"database/sql with arguments": func() error {
					_, err := c.drv.DB().ExecContext(ctx, insert(), n)
					return err
				},
				"database/sql returning": func() error {
					var got int
					return c.drv.DB().QueryRowContext(ctx, insert(), n).Scan(&got)
				},
			}
			for name, write := range writes {
				if !worth(mode, name) {
					continue
				}
				t.Run(name, func(t *testing.T) {
					var unknown int
					c.everywhere(t, func(t *testing.T, at string) {
						n++
						err := write()
						cut := c.Fired()
						rows := c.count(t, "log", n)
						switch {
						case err == nil:
							require.Equal(t, 1, rows, at)
						case neon.IsUnknownCommit(err):
							unknown++
							require.True(t, cut, "%s: %v", at, err)
							require.LessOrEqual(t, rows, 1, at)
						default:
							require.True(t, cut, "%s: %v", at, err)
							require.Zero(t, rows, "%s: it is there, and the error is %v", at, err)
						}
						if name == "batch" {
							require.Equal(t, rows, c.count(t, "twin", n), at)
						}
					})
					require.NotZero(t, unknown)
				})
			}
		})
	}
}

func (c *cut) count(t *testing.T, table string, n int) (rows int) {
	t.Helper()
	require.NoError(t, c.db.SQL().QueryRow(fmt.Sprintf("SELECT count(*) FROM %s WHERE n = %d", table, n)).Scan(&rows))
	return rows
}

// TestTransactionCutAnywhere: a transaction is there as a whole, or not at all,
// and its error tells which, or that nobody knows.
func TestTransactionCutAnywhere(t *testing.T) {
	t.Parallel()
	for mode, cfg := range cutModes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			c, ctx := openCut(t, cfg), t.Context()
			require.NoError(t, c.drv.Exec(ctx, "CREATE TABLE log (n int)", []any{}, nil))
			n := 0
			text := func(s string) string {
				if mode == "first sight" {
					s += fmt.Sprint(" -- ", n)
				}
				return s
			}
			body := func(tx interface {
				ExecContext(context.Context, string, ...any) (sql.Result, error)
				QueryContext(context.Context, string, ...any) (*sql.Rows, error)
			}) error {
				if _, err := tx.ExecContext(ctx, text("INSERT INTO log VALUES ($1)"), n); err != nil {
					return err
				}
				rows, err := tx.QueryContext(ctx, text("SELECT n FROM log WHERE n = $1"), n)
				if err != nil {
					return err
				}
				var got []int
				if err := entsql.ScanSlice(rows, &got); err != nil {
					return err
				}
				_, err = tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO log VALUES (%d)", n))
				return err
			}
			runs := map[string]func() error{
				"driver": func() error {
					tx, err := c.drv.BeginTx(ctx, nil)
					if err != nil {
						return err
					}
					if err := body(tx.(*neon.Tx)); err != nil {
						_ = tx.Rollback()
						return err
					}
					return tx.Commit()
				},
				"database/sql": func() error {
					tx, err := c.drv.DB().BeginTx(ctx, nil)
					if err != nil {
						return err
					}
					if err := body(tx); err != nil {
						_ = tx.Rollback()
						return err
					}
					return tx.Commit()
				},
				"with retries": func() error {
					return c.client.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error { return body(tx) })
				},
			}
			for name, run := range runs {
				if !worth(mode, name) {
					continue
				}
				t.Run(name, func(t *testing.T) {
					var unknown int
					c.everywhere(t, func(t *testing.T, at string) {
						n++
						err := run()
						cut := c.Fired()
						rows := c.count(t, "log", n)
						switch {
						case err == nil:
							require.Equal(t, 2, rows, at)
						case neon.IsUnknownCommit(err):
							unknown++
							require.True(t, cut, "%s: %v", at, err)
							require.Contains(t, []int{0, 2}, rows, at)
							require.False(t, neon.IsRetryableTx(err), at)
						default:
							require.NotEqual(t, "with retries", name, "%s: %v", at, err)
							require.True(t, cut, "%s: %v", at, err)
							require.Zero(t, rows, "%s: it is there, and the error is %v", at, err)
							require.True(t, neon.IsRetryableTx(err), "%s: %v", at, err)
						}
					})
					require.NotZero(t, unknown)
				})
			}
		})
	}
}
