package portability_test

import (
	"testing"

	"entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/address"
	"github.com/espalier-go/espalier/ent/product"
	"github.com/espalier-go/espalier/ent/user"
)

func TestPages(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		ctx := t.Context()
		for i, name := range []string{"b", "a", "b", "c", "a", "b"} {
			u := c.User.Create().SetName(name)
			if i%2 == 0 {
				u.SetFullname("Full " + name)
			}
			c.Address.Create().SetUser(u.SaveX(ctx)).SetEmailAddress(name + "@example.com").ExecX(ctx)
		}
		for name, query := range map[string]func() *ent.UserQuery{
			"nulls":  func() *ent.UserQuery { return c.User.Query().Order(user.ByFullname(sql.OrderDesc()), user.ByName()) },
			"ties":   func() *ent.UserQuery { return c.User.Query().Order(user.ByName()).WithAddresses() },
			"counts": func() *ent.UserQuery { return c.User.Query().Order(user.ByAddressesCount()) },
		} {
			all := query().After(ent.Cursor{}).IDsX(ctx)
			var forward, backward []int
			args := ent.PageArgs{Limit: 2}
			for more := true; more; {
				page, err := query().Page(ctx, args)
				require.NoError(t, err, name)
				for _, u := range page.Nodes {
					forward = append(forward, u.ID)
				}
				args.After, more = page.End, page.HasNext
			}
			require.Equal(t, all, forward, name)
			ids := query().Before(args.After).Limit(2).IDsX(ctx)
			backward = append(append(backward, ids...), all[5])
			require.Equal(t, all[3:], backward, name)
		}
		s := c.newStore(t)
		for _, sku := range []string{"x", "y", "z"} {
			c.newProduct(t, s, sku)
		}
		page, err := c.Product.Query().Order(product.ByCreatedAt()).Page(ctx, ent.PageArgs{Limit: 2})
		require.NoError(t, err)
		require.Len(t, c.Product.Query().Order(product.ByCreatedAt()).After(page.End).AllX(ctx), 1)
		page2, err := c.Address.Query().Order(address.ByUserField(user.FieldName)).Page(ctx, ent.PageArgs{Limit: 4})
		require.NoError(t, err)
		require.Len(t, c.Address.Query().Order(address.ByUserField(user.FieldName)).After(page2.End).AllX(ctx), 2)
	})
}

func TestLimitPerParent(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		ctx := t.Context()
		for _, name := range []string{"sandy", "bob"} {
			u := c.User.Create().SetName(name).SaveX(ctx)
			for _, host := range []string{"a", "b", "c"} {
				c.Address.Create().SetUser(u).SetEmailAddress(name + "@" + host).ExecX(ctx)
			}
		}
		users := c.User.Query().Order(user.ByID()).WithAddresses(func(q *ent.AddressQuery) {
			q.LimitPerParent(2).Order(address.ByEmailAddress(sql.OrderDesc()))
		}).AllX(ctx)
		require.Len(t, users, 2)
		for _, u := range users {
			require.Len(t, u.Edges.Addresses, 2)
			require.Equal(t, u.Name+"@c", u.Edges.Addresses[0].EmailAddress)
		}
	})
}
