package neon_test

import (
	"context"
	"database/sql"
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

// TestDriverAllocations counts what the driver adds to ent's own: next to nothing
// for a query, and the values of its rows.
func TestDriverAllocations(t *testing.T) {
	db := neontest.Open(t)
	drv, err := neon.Open(t.Context(), db.URL, nil)
	require.NoError(t, err)
	defer drv.Close()
	stock := entsql.OpenDB(dialect.Postgres, db.SQL())
	require.NoError(t, drv.Exec(t.Context(), "INSERT INTO user_account (name, nickname) SELECT 'user' || i, 'nick' FROM generate_series(1, $1) i", []any{1000}, nil))
	ctx := context.Background()
	for _, rows := range []int{1, 1000} {
		args := []any{rows}
		read := func(on dialect.Driver) func() {
			var id sql.NullInt64
			var name, nick sql.NullString
			dest := []any{&id, &name, &nick}
			return func() {
				var r entsql.Rows
				if err := on.Query(ctx, "SELECT id, name, nickname FROM user_account ORDER BY id LIMIT $1", args, &r); err != nil {
					panic(err)
				}
				n := 0
				for r.Next() {
					n++
					if err := r.Scan(dest...); err != nil {
						panic(err)
					}
				}
				if err := r.Close(); err != nil || n != rows || !id.Valid || nick.String != "nick" {
					panic(err)
				}
			}
		}
		read(drv)()
		our := testing.AllocsPerRun(50, read(drv))
		theirs := testing.AllocsPerRun(50, read(stock))
		t.Logf("%d rows: %.0f allocations, stdlib %.0f", rows, our, theirs)
		// Two strings for each row, and a handful for the query.
		require.LessOrEqual(t, our, 2*float64(rows)+10)
		require.Less(t, our, theirs/2)
	}
}

// TestAllocations runs alone: it counts allocations, of ent and the driver
// together, against those with stdlib.
func TestAllocations(t *testing.T) {
	db := neontest.Open(t)
	drv, err := neon.Open(t.Context(), db.URL, nil)
	require.NoError(t, err)
	defer drv.Close()
	ours := ent.NewClient(ent.Driver(drv))
	stock := ent.NewClient(ent.Driver(entsql.OpenDB(dialect.Postgres, db.SQL())))
	ctx := context.Background()
	for i := range 50 {
		ours.User.Create().SetName(fmt.Sprint("user", i)).SetFullname("Full Name").SaveX(ctx)
	}
	id := ours.User.Query().FirstIDX(ctx)
	for _, c := range []struct {
		name  string
		ratio float64
		run   func(*ent.Client)
	}{
		{"get", 0.85, func(c *ent.Client) { c.User.GetX(ctx, id) }},
		{"filter of 50 rows", 0.85, func(c *ent.Client) { c.User.Query().Where(user.IDGT(0)).AllX(ctx) }},
		{"count", 0.9, func(c *ent.Client) { c.User.Query().CountX(ctx) }},
	} {
		c.run(ours)
		c.run(stock)
		our := testing.AllocsPerRun(100, func() { c.run(ours) })
		theirs := testing.AllocsPerRun(100, func() { c.run(stock) })
		t.Logf("%s: %.0f allocations, stdlib %.0f", c.name, our, theirs)
		require.Less(t, our, c.ratio*theirs, c.name)
	}
}
