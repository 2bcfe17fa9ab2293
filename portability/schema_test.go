package portability_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/migrate"
	"github.com/espalier-go/espalier/mixin"
)

func TestCreateTwiceIsNoOp(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		var ddl bytes.Buffer
		require.NoError(t, c.Schema.WriteTo(t.Context(), &ddl, migrate.WithDropColumn(true), migrate.WithDropIndex(true)))
		for line := range strings.Lines(ddl.String()) {
			line = strings.TrimSpace(line)
			require.True(t, line == "" || line == "BEGIN;" || line == "COMMIT;" || strings.HasPrefix(line, "PRAGMA"), line)
		}
		require.NoError(t, c.Schema.Create(t.Context(), migrate.WithDropColumn(true), migrate.WithDropIndex(true)))
	})
}

func TestChecks(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		ctx := t.Context()
		s := c.newStore(t)
		tea := c.newProduct(t, s, "tea")
		sandy := c.User.Create().SetName("sandy").SaveX(ctx)
		o := c.Order.Create().SetStore(s).SetCustomer(sandy).SaveX(ctx)
		c.LineItem.Create().SetOrder(o).SetProduct(tea).SetUnitPriceCents(1).ExecX(ctx)
		c.Review.Create().SetUser(sandy).SetProduct(tea).SetRating(5).ExecX(ctx)

		for _, update := range []string{
			`UPDATE user_account SET name = ''`,
			`UPDATE product SET price_cents = -1`,
			`UPDATE product SET currency = 'US'`,
			`UPDATE shop_order SET status = 'lost'`,
			`UPDATE shop_order SET currency = ''`,
			`UPDATE line_item SET quantity = 0`,
			`UPDATE line_item SET unit_price_cents = -1`,
			`UPDATE review SET rating = 0`,
			`UPDATE review SET rating = 6`,
		} {
			_, err := c.ExecContext(ctx, update)
			require.Error(t, err, update)
		}
		require.Equal(t, "sandy", c.User.GetX(ctx, sandy.ID).Name)
		err := c.Product.UpdateOne(tea).AddPriceCents(-1000).Exec(ctx)
		if c.dialect == dialect.MySQL {
			// ent knows MySQL's error for a check, not MariaDB's.
			require.ErrorContains(t, err, "Error 4025")
		} else {
			require.True(t, ent.IsConstraintError(err), err)
		}
		err = c.Store.Create().SetName("x").SetSlug(s.Slug).Exec(ctx)
		require.True(t, ent.IsConstraintError(err), err)
		err = c.Address.Create().SetUserID(-1).SetEmailAddress("a@example.com").Exec(ctx)
		require.True(t, ent.IsConstraintError(err), err)
	})
}

// Rows that don't come from the client get the database's clock, as a time.
func TestDatabaseNow(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		ctx := t.Context()
		before := time.Now().Add(-time.Minute)
		_, err := c.ExecContext(ctx, fmt.Sprintf(`INSERT INTO store (id, name, slug) VALUES ('%s', 'By hand', 'by-hand')`, mixin.NewID()))
		require.NoError(t, err)
		got := c.Store.Query().OnlyX(ctx)
		require.True(t, got.CreatedAt.After(before), got.CreatedAt)
		require.True(t, got.CreatedAt.Before(before.Add(time.Hour)), got.CreatedAt)
	})
}

func TestTransaction(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		ctx := t.Context()
		tx, err := c.Tx(ctx)
		require.NoError(t, err)
		tx.User.Create().SetName("sandy").ExecX(ctx)
		require.NoError(t, tx.Rollback())
		require.Zero(t, c.User.Query().CountX(ctx))
	})
}

// Comments and microseconds reach MariaDB; SQLite has no comments.
func TestMariaDBColumns(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		if c.dialect != dialect.MySQL {
			return
		}
		var typ, comment string
		err := c.db.QueryRowContext(t.Context(), `SELECT column_type, column_comment FROM information_schema.columns
			WHERE table_schema = database() AND table_name = 'shop_order' AND column_name = 'placed_at'`).Scan(&typ, &comment)
		require.NoError(t, err)
		require.Equal(t, "datetime(6)", typ)
		require.Equal(t, "When the customer placed the order", comment)
	})
}
