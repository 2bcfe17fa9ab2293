package sqlgraph_test

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/store"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neon/dialect/sql"
	"github.com/espalier-go/espalier/neontest"
)

// Whatever takes more than one statement says so, in the log and where the
// statement is looked at; what takes one says nothing.
func TestFallbacksAreTold(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	db := neontest.Open(t)
	drv, err := neon.Open(t.Context(), db.URL, &neon.Config{
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	require.NoError(t, err)
	defer drv.Close()
	ctx := t.Context()
	client := ent.NewClient(ent.Driver(drv))
	told := func(f func(), want ...string) {
		t.Helper()
		log.Reset()
		f()
		if len(want) == 0 {
			require.NotContains(t, log.String(), "more than one statement")
		}
		for _, w := range want {
			require.Contains(t, log.String(), w)
		}
	}
	client.User.Create().SetName("sandy").ExecX(ctx)
	lock := func(q *ent.AddressQuery) { q.Modify(func(s *sql.Selector) { s.ForUpdate() }) }

	told(func() { client.User.Query().WithAddresses().WithOrders().AllX(ctx) })
	told(func() { client.User.Query().WithAddresses(lock).WithOrders().AllX(ctx) },
		"op=AddressQuery", "interceptors that do more than to add conditions")
	told(func() {
		q := client.User.Query().WithAddresses()
		q.Modify(func(s *sql.Selector) { s.ForUpdate() })
		q.AllX(ctx)
	}, "op=UserQuery", "modifiers or a lock")
	told(func() {
		client.Debug().User.Query().WithAddresses(lock).AllX(ctx)
	}, "op=AddressQuery")

	text, _, err := client.User.Query().WithAddresses(lock).WithOrders().SQL(ctx)
	require.NoError(t, err)
	require.Contains(t, text, "\n-- neon: AddressQuery: the query has a policy")
	plan, err := client.User.Query().WithAddresses(lock).WithOrders().Explain(ctx)
	require.NoError(t, err)
	require.Contains(t, plan, "CTE ef0")
	require.Contains(t, plan, "\n-- neon: AddressQuery: the query has a policy")
	text, _, err = client.User.Query().WithAddresses().SQL(ctx)
	require.NoError(t, err)
	require.NotContains(t, text, "-- neon")

	st := client.Store.Create().SetName("shop").SetSlug("shop").SaveX(ctx)
	cat := client.Category.Create().SetStore(st).SetName("c").SetSlug("c").SaveX(ctx)
	told(func() {
		client.Product.CreateBulk(client.Product.Create().SetStore(st).SetSku("a").SetName("p").SetPriceCents(1)).ExecX(ctx)
	})
	told(func() {
		client.Product.Create().SetStore(st).SetSku("b").SetName("p").SetPriceCents(1).AddCategories(cat).
			OnConflictColumns(store.FieldID).Ignore().ExecX(ctx)
	}, `op="create in product"`, "an upsert with edges in other tables")
}
