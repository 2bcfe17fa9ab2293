package main

import (
	"context"

	ent "github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/order"
	"github.com/espalier-go/espalier/ent/product"
	"github.com/espalier-go/espalier/ent/store"
	"github.com/espalier-go/espalier/ent/user"
	"github.com/espalier-go/espalier/neon"
)

func ints(ids []int64) []int {
	out := make([]int, len(ids))
	for i, id := range ids {
		out[i] = int(id)
	}
	return out
}

// espalierOps are the operations with the client that ent generates.
func espalierOps(client *ent.Client, in *input, s *serial) map[string]opFunc {
	ids := ints(in.users)
	first20 := func() *ent.UserQuery { return client.User.Query().Order(user.ByID()).Limit(20) }
	return map[string]opFunc{
		"get": do(func(ctx context.Context) (*ent.User, error) { return client.User.Get(ctx, int(in.user)) }),
		"filter50": do(func(ctx context.Context) ([]*ent.User, error) {
			return client.User.Query().Where(user.IDGTE(ids[100])).Order(user.ByID()).Limit(50).All(ctx)
		}),
		"scan1000": do(func(ctx context.Context) ([]*ent.User, error) {
			return client.User.Query().Order(user.ByID()).Limit(1000).All(ctx)
		}),
		"wide200": do(func(ctx context.Context) ([]*ent.Product, error) {
			return client.Product.Query().Order(product.ByID()).Limit(200).All(ctx)
		}),
		"count": do(func(ctx context.Context) (int, error) {
			return client.Order.Query().Where(order.StatusEQ(order.StatusPaid)).Count(ctx)
		}),
		"group": do(func(ctx context.Context) (out []StatusCount, err error) {
			err = client.Order.Query().Order(order.ByStatus()).GroupBy(order.FieldStatus).Aggregate(ent.Count()).Scan(ctx, &out)
			return out, err
		}),
		"page": func(ctx context.Context, i int) (any, error) {
			return client.User.Query().Order(user.ByID()).Offset(i % 900).Limit(50).All(ctx)
		},
		"idin1000": do(func(ctx context.Context) ([]*ent.User, error) {
			return client.User.Query().Where(user.IDIn(ids...)).Order(user.ByID()).All(ctx)
		}),
		"eager1": do(func(ctx context.Context) ([]*ent.User, error) { return first20().WithAddresses().All(ctx) }),
		"eager1many": do(func(ctx context.Context) ([]*ent.User, error) {
			return client.User.Query().Order(user.ByID()).Limit(500).WithAddresses().All(ctx)
		}),
		"eager3siblings": do(func(ctx context.Context) ([]*ent.User, error) {
			return first20().WithAddresses().WithOrders().WithReviews().All(ctx)
		}),
		"eagerm2m": do(func(ctx context.Context) ([]*ent.Product, error) {
			return client.Product.Query().Order(product.ByID()).Limit(50).WithCategories().All(ctx)
		}),
		"eager3levels": do(func(ctx context.Context) ([]*ent.User, error) {
			return first20().WithOrders(func(q *ent.OrderQuery) { q.WithLineItems() }).All(ctx)
		}),
		"eager4levels": do(func(ctx context.Context) ([]*ent.User, error) {
			return first20().WithAddresses().
				WithReviews(func(q *ent.ReviewQuery) { q.WithProduct() }).
				WithOrders(func(q *ent.OrderQuery) {
					q.WithLineItems(func(q *ent.LineItemQuery) { q.WithProduct() })
				}).All(ctx)
		}),
		"create": func(ctx context.Context, i int) (any, error) {
			return client.User.Create().SetName(benchName(i)).SetFullname("Full Name").Save(ctx)
		},
		"createm2m": func(ctx context.Context, i int) (any, error) {
			return client.Product.Create().SetStoreID(in.store).SetSku(s.next()).SetName("bench").SetPriceCents(1).
				AddCategoryIDs(in.pair(0)...).Save(ctx)
		},
		"upsert": exec(func(ctx context.Context, i int) error {
			return client.Store.Create().SetName("bench").SetSlug("bench").OnConflictColumns(store.FieldSlug).UpdateName().UpdateUpdatedAt().Exec(ctx)
		}),
		"updateone": func(ctx context.Context, i int) (any, error) {
			return client.User.UpdateOneID(int(in.user)).SetNickname("bench").Save(ctx)
		},
		"updatemany": exec(func(ctx context.Context, i int) error {
			n, err := client.User.Update().Where(user.IDIn(ids[:50]...)).SetNickname("bench").Save(ctx)
			return want(50, int64(n), err)
		}),
		"updatem2m": func(ctx context.Context, i int) (any, error) {
			return client.Product.UpdateOneID(in.product).SetName("bench").ClearCategories().AddCategoryIDs(in.pair(i)...).Save(ctx)
		},
		"delete": exec(func(ctx context.Context, i int) error {
			return client.User.DeleteOneID(newUsers + i).Exec(ctx)
		}),
		"tx3": exec(func(ctx context.Context, i int) error {
			ctx = neon.Defer(ctx)
			tx, err := client.Tx(ctx)
			if err != nil {
				return err
			}
			for range 3 {
				if err := tx.Store.Create().SetID(newID()).SetName("bench").SetSlug(s.next()).Exec(ctx); err != nil {
					_ = tx.Rollback()
					return err
				}
			}
			return tx.Commit()
		}),
		"bulkids": func(ctx context.Context, i int) (any, error) {
			return client.User.MapCreateBulk(in.users[:bulkRows], func(c *ent.UserCreate, i int) {
				c.SetName(benchName(i)).SetFullname("Full Name")
			}).Save(ctx)
		},
		"bulk": exec(func(ctx context.Context, i int) error {
			return client.Address.MapCreateBulk(in.users[:bulkRows], func(c *ent.AddressCreate, i int) {
				c.SetEmailAddress(benchEmail(i)).SetUserID(ids[i])
			}).Exec(ctx)
		}),
	}
}
