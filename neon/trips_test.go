package neon_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	entdialect "entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/user"
	"github.com/espalier-go/espalier/neon"
)

// TestRoundTrips counts what the network sees, for the first and later calls.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]neon.Mode{"direct": neon.ModeDirect, "pooled": neon.ModePooled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := openWire(t, &neon.Config{Mode: mode})
			client, ctx := w.client(t), t.Context()
			w.exec(t, "SELECT 1")
			sandy := client.User.Create().SetName("sandy").SetFullname("Sandy Cheeks").SaveX(ctx)
			client.Address.Create().SetEmailAddress("sandy@example.com").SetUser(sandy).SaveX(ctx)
			store := client.Store.Create().SetName("Krusty").SetSlug("krusty").SaveX(ctx)
			n := 0
			ops := []struct {
				name string
				want int
				run  func()
			}{
				{"create", 1, func() {
					n++
					client.User.Create().SetName(fmt.Sprint("user", n)).SaveX(ctx)
				}},
				{"bulk", 1, func() {
					client.User.MapCreateBulk(make([]int, 100), func(c *ent.UserCreate, i int) { c.SetName(fmt.Sprint("bulk", i)) }).SaveX(ctx)
				}},
				{"create with JSON", 1, func() {
					n++
					client.Product.Create().SetSku(fmt.Sprint("sku", n)).SetName("Quahog").SetPriceCents(199).SetCurrency("EUR").
						SetTags([]string{"clam", "ünï"}).SetAttributes(map[string]any{"n": n, "deep": []int{1}}).SetStore(store).SaveX(ctx)
				}},
				{"create with an enum and a time", 1, func() {
					client.Order.Create().SetStore(store).SetCustomer(sandy).SetCurrency("EUR").SetPlacedAt(someDay).SaveX(ctx)
				}},
				{"read JSON", 1, func() {
					for _, p := range client.Product.Query().AllX(ctx) {
						require.Equal(t, []string{"clam", "ünï"}, p.Tags)
						require.Contains(t, p.Attributes, "deep")
					}
				}},
				{"get", 1, func() { client.User.GetX(ctx, sandy.ID) }},
				{"filter", 1, func() { client.User.Query().Where(user.NameIn("sandy", "patrick")).AllX(ctx) }},
				{"count", 1, func() { client.User.Query().CountX(ctx) }},
				{"exist", 1, func() { client.User.Query().Where(user.Name("sandy")).ExistX(ctx) }},
				{"group by", 1, func() {
					var v []struct {
						Name  string
						Count int
					}
					client.User.Query().GroupBy(user.FieldName).Aggregate(ent.Count()).ScanX(ctx, &v)
				}},
				{"traverse", 1, func() { client.User.Query().Where(user.ID(sandy.ID)).QueryAddresses().AllX(ctx) }},
				{"eager", 1, func() { client.User.Query().WithAddresses().AllX(ctx) }},
				{"next page", 1, func() {
					n++
					client.User.Query().Order(ent.Asc(user.FieldID)).Offset(n).Limit(3).AllX(ctx)
				}},
				{"update many", 1, func() { client.User.Update().Where(user.Name("nobody")).SetNickname("x").SaveX(ctx) }},
				{"update one", 1, func() { client.User.UpdateOneID(sandy.ID).SetNickname(fmt.Sprint(n)).SaveX(ctx) }},
				{"delete", 1, func() { client.User.Delete().Where(user.Name("nobody")).ExecX(ctx) }},
				{"execquery", 1, func() {
					rows, err := client.QueryContext(ctx, "SELECT id FROM user_account WHERE name = $1", "sandy")
					require.NoError(t, err)
					require.True(t, rows.Next())
					require.NoError(t, rows.Close())
				}},
				{"execquery exec", 1, func() {
					_, err := client.ExecContext(ctx, "UPDATE user_account SET nickname = $1 WHERE id = $2", "s", sandy.ID)
					require.NoError(t, err)
				}},
				{"transaction of three creates", 4, func() {
					tx, err := client.Tx(ctx)
					require.NoError(t, err)
					for i := range 3 {
						tx.User.Create().SetName(fmt.Sprint("tx", i)).SaveX(ctx)
					}
					require.NoError(t, tx.Commit())
				}},
				{"transaction rolled back", 2, func() {
					tx, err := client.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
					require.NoError(t, err)
					tx.User.Create().SetName("gone").SaveX(ctx)
					require.NoError(t, tx.Rollback())
				}},
				{"empty transaction", 0, func() {
					tx, err := client.Tx(ctx)
					require.NoError(t, err)
					require.NoError(t, tx.Commit())
				}},
			}
			for _, op := range ops {
				for _, call := range []string{"first", "second", "third", "fourth"} {
					require.Equal(t, op.want, w.trips(t, op.run), "%s, %s call", op.name, call)
				}
			}
			require.False(t, client.User.Query().Where(user.Name("gone")).ExistX(ctx))
			require.Equal(t, 1, w.Opened(), "one connection is enough")
		})
	}
}

// TestFirstSightOnOtherConnections: what one connection has learned spares the
// others the unnamed call.
func TestFirstSightOnOtherConnections(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	ctx := t.Context()
	client := w.client(t)
	client.User.Query().CountX(ctx)
	held, err := client.Tx(ctx)
	require.NoError(t, err)
	_, err = held.ExecContext(ctx, "SELECT 1")
	require.NoError(t, err)
	client.User.Query().CountX(ctx)
	for range 3 {
		require.Equal(t, 1, w.trips(t, func() { client.User.Query().CountX(ctx) }))
	}
	require.Equal(t, 2, w.Opened())
	require.NoError(t, held.Rollback())
}

// TestDebugAndHooks: the drivers that ent wraps around keep the round trips.
func TestDebugAndHooks(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	ctx := t.Context()
	var lines []string
	logged := ent.NewClient(ent.Driver(entdialect.DebugWithContext(w.drv, func(_ context.Context, v ...any) {
		lines = append(lines, fmt.Sprint(v...))
	})))
	var hooked, intercepted int
	logged.Use(func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			hooked++
			return next.Mutate(ctx, m)
		})
	})
	logged.Intercept(ent.InterceptFunc(func(next ent.Querier) ent.Querier {
		return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
			intercepted++
			return next.Query(ctx, q)
		})
	}))
	w.exec(t, "SELECT 1")
	got := w.trips(t, func() {
		tx, err := logged.Tx(ctx)
		require.NoError(t, err)
		tx.User.Create().SetName("sandy").SaveX(ctx)
		rows, err := tx.QueryContext(ctx, "SELECT count(*) FROM user_account WHERE name = $1", "sandy")
		require.NoError(t, err)
		var n int
		require.NoError(t, entsql.ScanOne(rows, &n))
		require.NoError(t, rows.Close())
		require.Equal(t, 1, n)
		require.NoError(t, tx.Commit())
	})
	require.Equal(t, 3, got)
	logged.User.Query().AllX(ctx)
	require.Equal(t, 1, hooked)
	require.Equal(t, 1, intercepted)
	require.NotEmpty(t, lines)
}
