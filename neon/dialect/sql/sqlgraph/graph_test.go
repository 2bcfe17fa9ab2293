package sqlgraph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/address"
	"github.com/espalier-go/espalier/ent/category"
	"github.com/espalier-go/espalier/ent/order"
	"github.com/espalier-go/espalier/ent/product"
	"github.com/espalier-go/espalier/ent/user"
)

// fill makes a small shop, and returns a client of the same database on a
// driver that isn't neon's: it runs ent's own functions.
func (s *shop) fill() *ent.Client {
	s.t.Helper()
	ctx := s.t.Context()
	st := s.Store.Create().SetName("shop").SetSlug("shop").SaveX(ctx)
	var cats []*ent.Category
	for i := range 4 {
		c := s.Category.Create().SetStore(st).SetName(fmt.Sprint("c", i)).SetSlug(fmt.Sprint("c", i))
		if i > 0 {
			c.SetParent(cats[i/2])
		}
		cats = append(cats, c.SaveX(ctx))
	}
	var products []*ent.Product
	for i := range 6 {
		products = append(products, s.Product.Create().SetStore(st).SetSku(fmt.Sprint(i)).SetName(fmt.Sprint("p", i)).
			SetPriceCents(int64(i*100)).SetTags([]string{"a", fmt.Sprint(i)}).SetAttributes(map[string]any{"n": i}).
			AddCategories(cats[i%4], cats[(i+1)%4]).SaveX(ctx))
	}
	for i := range 8 {
		u := s.User.Create().SetName(fmt.Sprint("u", i)).SaveX(ctx)
		for j := range i % 4 {
			s.Address.Create().SetUser(u).SetEmailAddress(fmt.Sprintf("u%d.%d@example.com", i, j)).SaveX(ctx)
			o := s.Order.Create().SetStore(st).SetCustomer(u).SaveX(ctx)
			for k := range j + 1 {
				s.LineItem.Create().SetOrder(o).SetProduct(products[(i+j+k)%6]).SetUnitPriceCents(5).SaveX(ctx)
			}
		}
	}
	return ent.NewClient(ent.Driver(entsql.OpenDB(dialect.Postgres, s.direct.DB())))
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	require.NoError(t, err)
	return string(b)
}

func TestGraphsAreOneStatement(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	stock := s.fill()
	all := func(q *ent.AddressQuery) { q.Order(address.ByID()) }
	for name, query := range map[string]func(c *ent.Client) (any, error){
		"one edge": func(c *ent.Client) (any, error) {
			return c.User.Query().WithAddresses(all).Order(user.ByID()).All(t.Context())
		},
		"to one": func(c *ent.Client) (any, error) {
			return c.Address.Query().WithUser().Order(address.ByID()).All(t.Context())
		},
		"nullable to one": func(c *ent.Client) (any, error) {
			return c.Category.Query().WithParent().Order(category.BySlug()).All(t.Context())
		},
		"many to many": func(c *ent.Client) (any, error) {
			return c.Product.Query().WithCategories(func(q *ent.CategoryQuery) { q.Order(category.BySlug()) }).Order(product.BySku()).All(t.Context())
		},
		"inverse many to many": func(c *ent.Client) (any, error) {
			return c.Category.Query().WithProducts(func(q *ent.ProductQuery) { q.Order(product.BySku()) }).Order(category.BySlug()).All(t.Context())
		},
		"siblings and levels": func(c *ent.Client) (any, error) {
			return c.User.Query().Where(user.NameNEQ("u1")).Order(user.ByID(entsql.OrderDesc())).Limit(5).
				WithAddresses(all).
				WithReviews().
				WithOrders(func(q *ent.OrderQuery) {
					q.Order(order.ByID()).WithStore().WithCustomer().WithProducts(func(q *ent.ProductQuery) {
						q.Order(product.BySku()).WithStore().WithCategories(func(q *ent.CategoryQuery) {
							q.Order(category.BySlug()).WithParent().Select(category.FieldName)
						})
					})
				}).All(t.Context())
		},
		"filters and limits": func(c *ent.Client) (any, error) {
			return c.User.Query().Order(user.ByID()).WithAddresses(func(q *ent.AddressQuery) {
				q.Where(address.EmailAddressContains(".1@")).Order(address.ByEmailAddress(entsql.OrderDesc())).Limit(3).Offset(1)
			}).All(t.Context())
		},
		"limits per parent": func(c *ent.Client) (any, error) {
			return c.User.Query().Order(user.ByID()).WithAddresses(func(q *ent.AddressQuery) {
				q.Order(address.ByEmailAddress(entsql.OrderDesc())).LimitPerParent(2).Where(address.EmailAddressContains("@"))
			}).WithOrders(func(q *ent.OrderQuery) {
				q.LimitPerParent(1).WithProducts(func(q *ent.ProductQuery) {
					q.Order(product.ByPriceCents(entsql.OrderDesc())).LimitPerParent(2)
				})
			}).All(t.Context())
		},
		"path": func(c *ent.Client) (any, error) {
			return c.User.Query().Where(user.NameIn("u2", "u3", "u7")).QueryOrders().Order(order.ByID()).
				WithCustomer(func(q *ent.UserQuery) { q.WithAddresses(all) }).All(t.Context())
		},
		"selected fields": func(c *ent.Client) (any, error) {
			return c.Address.Query().Order(address.ByID()).Select(address.FieldEmailAddress).AddressQuery.WithUser().All(t.Context())
		},
		"no rows": func(c *ent.Client) (any, error) {
			return c.User.Query().Where(user.Name("nobody")).WithAddresses().All(t.Context())
		},
		"first": func(c *ent.Client) (any, error) {
			return c.User.Query().Order(user.ByName(entsql.OrderDesc())).WithAddresses(all).First(t.Context())
		},
	} {
		t.Run(name, func(t *testing.T) {
			want, err := query(stock)
			require.NoError(t, err)
			s.twice(func(context.Context) {
				got, err := query(s.Client)
				require.NoError(t, err)
				require.Equal(t, encode(t, want), encode(t, got))
			})
		})
	}
}
