package neon_test

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/dialect/sql/sqlgraph"
	"entgo.io/ent/schema/field"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/user"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neontest"
)

// TestSchemaChangeHeals: cached plans and types that DDL has outdated cost a
// retry, not an error.
func TestSchemaChangeHeals(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]neon.Mode{"direct": neon.ModeDirect, "pooled": neon.ModePooled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := openWire(t, &neon.Config{Mode: mode, MaxConns: 3})
			ctx := t.Context()
			w.exec(t, "CREATE TABLE thing (id serial, v int)")
			w.exec(t, "INSERT INTO thing (v) VALUES (1)")
			use := func(on dialect.ExecQuerier, arg any) {
				t.Helper()
				for range 3 {
					rows := &entsql.Rows{}
					require.NoError(t, on.Query(ctx, "SELECT * FROM thing WHERE v = $1", []any{arg}, rows))
					_, err := entsql.ScanValue(rows)
					require.Error(t, err, "there are several columns")
					require.NoError(t, rows.Close())
					require.NoError(t, on.Exec(ctx, "UPDATE thing SET v = $1 WHERE v = $1", []any{arg}, nil))
				}
			}
			use(w.drv, 1)
			for _, change := range []struct {
				ddl string
				arg any
			}{
				{"ALTER TABLE thing ADD COLUMN extra text", 1},
				{"ALTER TABLE thing ALTER COLUMN v TYPE text", "1"},
				{"ALTER TABLE thing ALTER COLUMN v TYPE bigint USING v::bigint", 1},
				{"ALTER TABLE thing DROP COLUMN extra", 1},
				{"ALTER TABLE thing ALTER COLUMN v TYPE numeric", 1},
				{"DEALLOCATE ALL", 1},
				{"ALTER TABLE thing ALTER COLUMN v TYPE timestamptz USING now()", someDay},
			} {
				w.exec(t, change.ddl)
				use(w.drv, change.arg)
				// The first flush of a transaction heals, too.
				tx, err := w.drv.Tx(ctx)
				require.NoError(t, err)
				use(tx, change.arg)
				require.NoError(t, tx.Commit())
			}
		})
	}
}

// TestErrors: what callers ask of an error is there.
func TestErrors(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	client, ctx := w.client(t), t.Context()
	store := client.Store.Create().SetName("s").SetSlug("s").SaveX(ctx)
	for range 3 {
		_, err := client.Store.Create().SetName("s").SetSlug(store.Slug).Save(ctx)
		require.True(t, ent.IsConstraintError(err), "%v", err)
		require.True(t, sqlgraph.IsUniqueConstraintError(err))
		var pgErr *pgconn.PgError
		require.ErrorAs(t, err, &pgErr)
		require.Equal(t, "23505", pgErr.Code)

		_, err = client.Address.Create().SetEmailAddress("a@example.com").SetUserID(404).Save(ctx)
		require.True(t, sqlgraph.IsForeignKeyConstraintError(err), "%v", err)
		require.NotErrorAs(t, err, new(*neon.UnknownCommitError))

		_, err = client.User.Get(ctx, 404)
		require.True(t, ent.IsNotFound(err))

		require.ErrorAs(t, w.drv.Exec(ctx, "SELEKT 1", []any{}, nil), &pgErr)
		require.Equal(t, "42601", pgErr.Code)
		rows := &entsql.Rows{}
		require.ErrorAs(t, w.drv.Query(ctx, "SELECT 1/$1::int", []any{0}, rows), &pgErr)
		require.Equal(t, "22012", pgErr.Code)
	}
	require.ErrorContains(t, w.drv.Exec(ctx, "SELECT 1", nil, nil), "expect []any")
	require.ErrorContains(t, w.drv.Query(ctx, "SELECT 1", []any{}, 1), "expect *sql.Rows")
	require.ErrorContains(t, w.drv.Exec(ctx, "SELECT 1", []any{}, 1), "expect *sql.Result")
	w.idle(t)
}

// TestDeferredConstraint: the error that comes behind the rows, at the commit, is
// one of the query.
func TestDeferredConstraint(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	w.exec(t, "CREATE TABLE late (id serial, user_id bigint REFERENCES user_account DEFERRABLE INITIALLY DEFERRED)")
	for range 3 {
		rows := &entsql.Rows{}
		err := w.drv.Query(t.Context(), "INSERT INTO late (user_id) VALUES ($1) RETURNING id", []any{404}, rows)
		require.True(t, sqlgraph.IsForeignKeyConstraintError(err), "%v", err)
		tx, err := w.drv.Tx(t.Context())
		require.NoError(t, err)
		one[int](t, tx, "INSERT INTO late (user_id) VALUES ($1) RETURNING id", 404)
		err = tx.Commit()
		require.True(t, sqlgraph.IsForeignKeyConstraintError(err), "%v", err)
		require.False(t, neon.IsUnknownCommit(err))
	}
	require.Zero(t, one[int](t, w.drv, "SELECT count(*) FROM late WHERE $1", true))
	require.Equal(t, 1, w.Opened())
}

// TestTx: what database/sql promises of a transaction.
func TestTx(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	client, ctx := w.client(t), t.Context()
	levels := map[sql.IsolationLevel]string{
		sql.LevelDefault: "read committed", sql.LevelReadUncommitted: "read uncommitted",
		sql.LevelReadCommitted: "read committed", sql.LevelRepeatableRead: "repeatable read",
		sql.LevelSnapshot: "repeatable read", sql.LevelSerializable: "serializable",
	}
	for level, want := range levels {
		tx, err := w.drv.BeginTx(ctx, &sql.TxOptions{Isolation: level, ReadOnly: true})
		require.NoError(t, err)
		require.Equal(t, want, one[string](t, tx, "SHOW transaction_isolation"))
		err = tx.Exec(ctx, "INSERT INTO user_account (name) VALUES ($1)", []any{"x"}, nil)
		require.ErrorContains(t, err, "read-only transaction")
		require.ErrorIs(t, tx.Commit(), pgx.ErrTxCommitRollback)
		require.ErrorIs(t, tx.Commit(), sql.ErrTxDone)
		require.ErrorIs(t, tx.Rollback(), sql.ErrTxDone)
		require.ErrorIs(t, tx.Exec(ctx, "SELECT 1", []any{}, nil), sql.ErrTxDone)
	}
	_, err := w.drv.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelLinearizable})
	require.ErrorContains(t, err, "unsupported isolation")

	// A first statement that fails leaves a failed transaction, whatever it was.
	for _, bad := range []func(dialect.Tx) error{
		func(tx dialect.Tx) error { return tx.Exec(ctx, "SELEKT $1", []any{1}, nil) },
		func(tx dialect.Tx) error { return tx.Exec(ctx, "SELEKT", []any{}, nil) },
		func(tx dialect.Tx) error { return tx.Exec(ctx, "SELECT $1::nowhere", []any{map[string]int{}}, nil) },
	} {
		tx, err := w.drv.Tx(ctx)
		require.NoError(t, err)
		require.Error(t, bad(tx))
		require.ErrorContains(t, tx.Exec(ctx, "SELECT $1::int", []any{1}, nil), "current transaction is aborted")
		require.NoError(t, tx.Rollback())
	}

	// Rows left open are closed by the end; a statement among them is refused.
	tx, err := w.drv.Tx(ctx)
	require.NoError(t, err)
	rows := &entsql.Rows{}
	require.NoError(t, tx.Query(ctx, "SELECT generate_series(1, $1)", []any{1000}, rows))
	require.True(t, rows.Next())
	require.ErrorContains(t, tx.Exec(ctx, "SELECT 1", []any{}, nil), "conn busy")
	require.NoError(t, tx.Commit())
	require.False(t, rows.Next())

	// Without arguments a statement goes with BEGIN as well.
	require.Equal(t, 2, w.trips(t, func() {
		tx, err := client.Tx(ctx)
		require.NoError(t, err)
		_, err = tx.ExecContext(ctx, "INSERT INTO user_account (name) VALUES ('a'); INSERT INTO user_account (name) VALUES ('b')")
		require.NoError(t, err)
		require.NoError(t, tx.Rollback())
	}))
	require.Zero(t, client.User.Query().CountX(ctx))
	w.idle(t)
}

// TestExecQuery: rows of database/sql in one round trip, with what they know of
// their columns.
func TestExecQuery(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	ctx := t.Context()
	query := "SELECT 1::int8 AS a, 'x'::varchar(7) AS b, 1.5::numeric(10,2) AS c, now() AS d, NULL::text AS e, true AS f"
	stock, err := w.db.SQL().QueryContext(ctx, query)
	require.NoError(t, err)
	defer stock.Close()
	want, err := stock.ColumnTypes()
	require.NoError(t, err)
	native := &entsql.Rows{}
	require.NoError(t, w.drv.Query(ctx, query+" FROM user_account RIGHT JOIN (SELECT 1) x ON true", []any{}, native))
	defer native.Close()
	bridged, err := w.drv.QueryContext(ctx, query)
	require.NoError(t, err)
	defer bridged.Close()
	for _, rows := range []entsql.ColumnScanner{native, bridged} {
		got, err := rows.ColumnTypes()
		require.NoError(t, err)
		require.Len(t, got, len(want))
		for i := range want {
			require.Equal(t, want[i].Name(), got[i].Name())
			require.Equal(t, want[i].DatabaseTypeName(), got[i].DatabaseTypeName())
			require.Equal(t, want[i].ScanType(), got[i].ScanType())
			wl, wok := want[i].Length()
			gl, gok := got[i].Length()
			require.Equal(t, []any{wl, wok}, []any{gl, gok})
			wp, ws, _ := want[i].DecimalSize()
			gp, gs, _ := got[i].DecimalSize()
			require.Equal(t, []any{wp, ws}, []any{gp, gs})
		}
		names, err := rows.Columns()
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b", "c", "d", "e", "f"}, names)
		require.True(t, rows.Next())
		require.False(t, rows.NextResultSet())
		require.NoError(t, rows.Close())
		require.Error(t, rows.Scan(new(int)))
	}
	// A context that ends closes rows of database/sql.
	cctx, cancel := context.WithCancel(ctx)
	left, err := w.drv.QueryContext(cctx, "SELECT generate_series(1, 1000000)")
	require.NoError(t, err)
	cancel()
	w.idle(t)
	require.Error(t, left.Err())

	res, err := w.drv.ExecContext(ctx, "INSERT INTO user_account (name) VALUES ($1), ($2)", "a", "b")
	require.NoError(t, err)
	n, err := res.RowsAffected()
	require.NoError(t, err)
	require.Equal(t, int64(2), n)
	_, err = res.LastInsertId()
	require.Error(t, err)
	named, err := w.drv.QueryContext(ctx, "SELECT count(*) FROM user_account WHERE name = @name", pgx.NamedArgs{"name": "a"})
	require.NoError(t, err)
	count, err := entsql.ScanInt(named)
	require.NoError(t, err)
	require.Equal(t, 1, count)
	require.NoError(t, named.Close())
}

// TestWithVar: variables are bound, hold for the statement, and leave nothing.
func TestWithVar(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]neon.Mode{"direct": neon.ModeDirect, "pooled": neon.ModePooled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := openWire(t, &neon.Config{Mode: mode, MaxConns: 1})
			w.exec(t, "SELECT 1")
			evil := "x'; DROP TABLE user_account; --"
			ctx := entsql.WithIntVar(entsql.WithVar(entsql.WithVar(t.Context(), "app.tenant", "first"), "app.tenant", evil), "app.n", 7)
			const read = "SELECT coalesce(current_setting('app.tenant', true), '') || $1"
			for range 3 {
				require.Equal(t, 1, w.trips(t, func() {
					got, err := oneOf[string](ctx, w.drv, read, "!")
					require.NoError(t, err)
					require.Equal(t, evil+"!", got)
				}))
				require.Equal(t, "!", one[string](t, w.drv, read, "!"))
			}
			tx, err := w.drv.Tx(ctx)
			require.NoError(t, err)
			require.NoError(t, tx.Exec(ctx, "INSERT INTO user_account (name) VALUES (current_setting('app.n'))", []any{}, nil))
			require.Equal(t, evil+"!", one[string](t, tx, read, "!"))
			require.NoError(t, tx.Commit())
			require.Equal(t, "!", one[string](t, w.drv, read, "!"))
			require.Equal(t, "7", one[string](t, w.drv, "SELECT name FROM user_account"))
		})
	}
}

// TestSchemaMigration: ent's own migration, which wants rows of database/sql,
// runs over the driver, and so do scans of modified queries.
func TestSchemaMigration(t *testing.T) {
	t.Parallel()
	db := neontest.OpenWith(t, neontest.Config{Empty: true})
	drv, err := neon.Open(t.Context(), db.ClientURL(t), nil)
	require.NoError(t, err)
	defer drv.Close()
	table := schema.NewTable("pets")
	id := &schema.Column{Name: "id", Type: field.TypeInt64, Increment: true}
	table.AddPrimary(id)
	table.AddColumn(&schema.Column{Name: "name", Type: field.TypeString, Default: "rex"})
	for range 2 {
		m, err := schema.NewMigrate(drv)
		require.NoError(t, err)
		require.NoError(t, m.Create(t.Context(), table))
		table.AddColumn(&schema.Column{Name: "age", Type: field.TypeInt, Nullable: true})
	}
	require.Equal(t, 3, one[int](t, drv, "SELECT count(*) FROM information_schema.columns WHERE table_name = $1", "pets"))
}

// TestModifiedSelect reads columns that ent doesn't know.
func TestModifiedSelect(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	client, ctx := w.client(t), t.Context()
	client.User.Create().SetName("sandy").SaveX(ctx)
	u := client.User.Query().Modify(func(s *entsql.Selector) {
		s.AppendSelectExprAs(entsql.Raw("length(name)"), "len")
	}).OnlyX(ctx)
	v, err := u.Value("len")
	require.NoError(t, err)
	require.EqualValues(t, 5, v)
}

// TestConcurrent shares few connections among many callers, and leaves neither
// goroutines nor connections behind.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	w := openWire(t, &neon.Config{MaxConns: 8, StatementCache: 4})
	client, ctx := w.client(t), t.Context()
	var wg sync.WaitGroup
	errs := make(chan error, 1000)
	for i := range 1000 {
		wg.Go(func() {
			errs <- func() error {
				name := fmt.Sprint("user", i)
				switch i % 5 {
				case 0:
					tx, err := client.Tx(ctx)
					if err != nil {
						return err
					}
					if _, err := tx.User.Create().SetName(name).Save(ctx); err != nil {
						return err
					}
					return tx.Commit()
				case 1:
					short, cancel := context.WithTimeout(ctx, time.Duration(i)*10*time.Microsecond)
					defer cancel()
					_, _ = client.User.Query().Count(short)
				case 2:
					// Ever new texts: statements come and go.
					_, err := client.User.Query().Limit(i + 1).Offset(i % 7).All(ctx)
					return err
				case 3:
					if _, err := client.User.Query().Where(user.Name(name)).Exist(ctx); err != nil {
						return err
					}
					_, err := w.drv.DB().ExecContext(ctx, "SELECT 1")
					return err
				default:
					return client.User.Create().SetName(name).Exec(ctx)
				}
				return nil
			}()
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.Equal(t, 400, client.User.Query().CountX(ctx))
	w.idle(t)
	require.LessOrEqual(t, int(w.drv.Pool().Stat().TotalConns()), 8)
}

// TestStatementCache: names that fall out of the cache are closed on the server.
func TestStatementCache(t *testing.T) {
	t.Parallel()
	w := openWire(t, &neon.Config{MaxConns: 1, StatementCache: 3})
	for i := range 50 {
		for range 2 {
			require.Equal(t, i, one[int](t, w.drv, fmt.Sprintf("SELECT $1::int + %d - %d FROM (SELECT 1) x", i, i), i))
		}
	}
	named := one[int](t, w.drv, "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE $1", "espalier%")
	require.LessOrEqual(t, named, 4)
	require.Positive(t, named)
}

// TestNothingLeaks runs alone: it counts goroutines.
func TestNothingLeaks(t *testing.T) {
	db := neontest.Open(t)
	goroutines := func() (n int) {
		buf := make([]byte, 4<<20)
		stacks := string(buf[:runtime.Stack(buf, true)])
		for _, of := range []string{"espalier/neon.(", "connectionOpener"} {
			n += strings.Count(stacks, of)
		}
		return n
	}
	before := goroutines()
	drv, err := neon.Open(t.Context(), db.ClientURL(t), &neon.Config{ConfigurePool: func(pc *pgxpool.Config) {
		pc.ConnConfig.RuntimeParams["application_name"] = "leaks"
	}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	for range 20 {
		tx, err := drv.Tx(ctx)
		require.NoError(t, err)
		require.Equal(t, 1, one[int](t, tx, "SELECT 1"))
		require.NoError(t, tx.Rollback())
		rows, err := drv.QueryContext(ctx, "SELECT generate_series(1, 1000)")
		require.NoError(t, err)
		require.NoError(t, rows.Close())
		require.NoError(t, drv.DB().PingContext(ctx))
	}
	require.Greater(t, goroutines(), before)
	cancel()
	require.NoError(t, drv.Close())
	require.Eventually(t, func() bool { return goroutines() <= before }, 20*time.Second, 20*time.Millisecond)
	require.Zero(t, drv.Pool().Stat().TotalConns())
	require.Eventually(t, func() bool {
		var n int
		err := db.SQL().QueryRow("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'leaks'").Scan(&n)
		return err == nil && n == 0
	}, 20*time.Second, 20*time.Millisecond)
	require.Error(t, drv.Exec(t.Context(), "SELECT 1", []any{}, nil), "the driver is closed")
	_, err = drv.QueryContext(t.Context(), "SELECT 1")
	require.Error(t, err)
}
