package sqlgraph_test

import (
	"fmt"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/user"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neontest"
)

// BenchmarkClient measures the generated client behind neon's driver, and behind
// database/sql, where it runs ent's own functions.
func BenchmarkClient(b *testing.B) {
	db := neontest.Open(b)
	drv, err := neon.Open(b.Context(), db.URL, nil)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, drv.Close()) })
	ctx := b.Context()
	neonClient := ent.NewClient(ent.Driver(drv))
	first := 0
	for i := range 50 {
		u := neonClient.User.Create().SetName(fmt.Sprint("u", i)).SaveX(ctx)
		if first == 0 {
			first = u.ID
		}
		for j := range 3 {
			neonClient.Address.Create().SetUser(u).SetEmailAddress(fmt.Sprintf("u%d.%d@example.com", i, j)).ExecX(ctx)
		}
	}
	stock := ent.NewClient(ent.Driver(entsql.OpenDB(dialect.Postgres, drv.DB())))
	for _, op := range []struct {
		name string
		run  func(*ent.Client)
	}{
		{"get", func(c *ent.Client) { c.User.GetX(ctx, first) }},
		{"filter50", func(c *ent.Client) { c.User.Query().Where(user.IDGTE(first)).Limit(50).AllX(ctx) }},
		{"eager", func(c *ent.Client) { c.User.Query().WithAddresses().AllX(ctx) }},
		// The writes leave dead rows behind, so they come last.
		{"update", func(c *ent.Client) { c.User.UpdateOneID(first).SetNickname("n").ExecX(ctx) }},
		{"create", func(c *ent.Client) { c.User.Create().SetName("x").ExecX(ctx) }},
	} {
		for name, c := range map[string]*ent.Client{"neon": neonClient, "stock": stock} {
			b.Run(op.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					op.run(c)
				}
			})
		}
	}
}
