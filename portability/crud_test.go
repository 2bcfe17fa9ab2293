package portability_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/address"
	"github.com/espalier-go/espalier/ent/category"
	"github.com/espalier-go/espalier/ent/lineitem"
	"github.com/espalier-go/espalier/ent/order"
	"github.com/espalier-go/espalier/ent/product"
	"github.com/espalier-go/espalier/ent/review"
	"github.com/espalier-go/espalier/ent/user"
)

func (c *client) newStore(t *testing.T) *ent.Store {
	return c.Store.Create().SetName("Größe & Söhne 🛒").SetSlug("store").SaveX(t.Context())
}

func (c *client) newProduct(t *testing.T, s *ent.Store, sku string) *ent.Product {
	return c.Product.Create().SetStore(s).SetSku(sku).SetName(sku).SetPriceCents(450).SaveX(t.Context())
}

func TestUserAndAddress(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		ctx := t.Context()
		sandy := c.User.Create().SetName("sandy").SetFullname("Sandy Cheeks").SaveX(ctx)
		bob := c.User.Create().SetName("spongebob").SaveX(ctx)
		require.Greater(t, bob.ID, sandy.ID)
		c.Address.CreateBulk(
			c.Address.Create().SetUser(sandy).SetEmailAddress("a@example.com"),
			c.Address.Create().SetUser(sandy).SetEmailAddress("b@example.com"),
		).ExecX(ctx)

		got := c.User.Query().Where(user.HasAddressesWith(address.EmailAddress("b@example.com"))).WithAddresses().OnlyX(ctx)
		require.Equal(t, "Sandy Cheeks", *got.Fullname)
		require.Nil(t, got.Nickname)
		require.Len(t, got.Edges.Addresses, 2)

		got = c.User.UpdateOne(got).SetNickname("S").ClearFullname().SaveX(ctx)
		require.Nil(t, got.Fullname)
		require.Equal(t, "S", *got.Nickname)
		c.Address.Update().Where(address.EmailAddress("a@example.com")).SetUser(bob).ExecX(ctx)
		require.Equal(t, 1, bob.QueryAddresses().CountX(ctx))
		c.User.DeleteOne(sandy).ExecX(ctx)
		require.Equal(t, 1, c.Address.Query().CountX(ctx), "the addresses go with their user")
	})
}

func TestStore(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		ctx := t.Context()
		s := c.newStore(t)
		got := c.Store.GetX(ctx, s.ID)
		require.Equal(t, s.ID, got.ID)
		require.Equal(t, "Größe & Söhne 🛒", got.Name)
		require.Equal(t, s.CreatedAt, got.CreatedAt.UTC(), "microseconds and zone survive")
		got = c.Store.UpdateOne(got).SetName("Renamed").SaveX(ctx)
		require.False(t, got.UpdatedAt.Before(s.UpdatedAt))
		require.Equal(t, s.CreatedAt, got.CreatedAt.UTC())
		c.Store.DeleteOne(got).ExecX(ctx)
		require.Zero(t, c.Store.Query().CountX(ctx))
	})
}

func TestCategoryTree(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		ctx := t.Context()
		s := c.newStore(t)
		create := func(slug string) *ent.CategoryCreate {
			return c.Category.Create().SetStore(s).SetName(slug).SetSlug(slug)
		}
		root := create("root").SaveX(ctx)
		mid := create("mid").SetParent(root).SaveX(ctx)
		leaf := create("leaf").SetParent(mid).SaveX(ctx)
		require.Equal(t, root.ID, leaf.QueryParent().QueryParent().OnlyIDX(ctx))
		tree := c.Category.Query().Where(category.Not(category.HasParent())).
			WithChildren(func(q *ent.CategoryQuery) { q.WithChildren() }).OnlyX(ctx)
		require.Equal(t, leaf.ID, tree.Edges.Children[0].Edges.Children[0].ID)

		c.Category.UpdateOne(leaf).SetParent(root).SetName("moved").ExecX(ctx)
		require.Equal(t, 2, root.QueryChildren().CountX(ctx))
		c.Category.DeleteOne(root).ExecX(ctx)
		require.Equal(t, 2, c.Category.Query().Where(category.ParentIDIsNil()).CountX(ctx), "the children became roots")
		c.Store.DeleteOne(s).ExecX(ctx)
		require.Zero(t, c.Category.Query().CountX(ctx))
	})
}

func TestProductAndCategories(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		ctx := t.Context()
		s := c.newStore(t)
		drinks := c.Category.Create().SetStore(s).SetName("Drinks").SetSlug("drinks").SaveX(ctx)
		hot := c.Category.Create().SetStore(s).SetName("Hot").SetSlug("hot").SaveX(ctx)
		attributes := map[string]any{"grams": 250.0, "origin": map[string]any{"country": "日本"}, "tags": []any{"x", nil, true}}
		tea := c.Product.Create().SetStore(s).SetSku("T").SetName("Tea").SetDescription("Green").SetPriceCents(1<<40).
			SetTags([]string{"green", "ünï"}).SetAttributes(attributes).
			AddCategories(drinks, hot).SaveX(ctx)

		got := c.Product.Query().Where(product.HasCategoriesWith(category.Slug("hot"))).WithCategories().OnlyX(ctx)
		require.Equal(t, []string{"green", "ünï"}, got.Tags)
		require.Equal(t, attributes, got.Attributes)
		require.EqualValues(t, 1<<40, got.PriceCents)
		require.Equal(t, "USD", got.Currency)
		require.Len(t, got.Edges.Categories, 2)

		c.Product.UpdateOne(tea).AppendTags([]string{"loose"}).ClearAttributes().AddPriceCents(-1).RemoveCategories(hot).ExecX(ctx)
		got = c.Product.GetX(ctx, tea.ID)
		require.Equal(t, []string{"green", "ünï", "loose"}, got.Tags)
		require.Nil(t, got.Attributes)
		require.EqualValues(t, 1<<40-1, got.PriceCents)
		require.Equal(t, drinks.ID, tea.QueryCategories().OnlyIDX(ctx))

		// The edge schema, by itself.
		c.ProductCategory.Create().SetProduct(tea).SetCategory(hot).ExecX(ctx)
		require.Equal(t, 2, tea.QueryProductCategories().CountX(ctx))
		c.Category.DeleteOne(hot).ExecX(ctx)
		require.Equal(t, 1, c.ProductCategory.Query().CountX(ctx))
		c.Product.DeleteOne(tea).ExecX(ctx)
		require.Zero(t, c.ProductCategory.Query().CountX(ctx))
		require.Equal(t, 1, c.Category.Query().CountX(ctx))
	})
}

func TestOrderAndLineItems(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		ctx := t.Context()
		s := c.newStore(t)
		sandy := c.User.Create().SetName("sandy").SaveX(ctx)
		tea, cup := c.newProduct(t, s, "tea"), c.newProduct(t, s, "cup")
		o := c.Order.Create().SetStore(s).SetCustomer(sandy).SaveX(ctx)
		require.Equal(t, order.StatusPending, o.Status)
		item := c.LineItem.Create().SetOrder(o).SetProduct(tea).SetUnitPriceCents(450).SaveX(ctx)
		c.LineItem.Create().SetOrder(o).SetProduct(cup).SetUnitPriceCents(900).SetQuantity(3).ExecX(ctx)

		require.Equal(t, 2, o.QueryProducts().CountX(ctx))
		require.Equal(t, sandy.ID, tea.QueryOrders().QueryCustomer().OnlyIDX(ctx))
		require.Equal(t, 4, o.QueryLineItems().Aggregate(ent.Sum(lineitem.FieldQuantity)).IntX(ctx))
		got := c.Order.Query().Where(order.StatusEQ(order.StatusPending)).WithLineItems(func(q *ent.LineItemQuery) {
			q.Order(lineitem.ByQuantity()).WithProduct()
		}).OnlyX(ctx)
		require.Equal(t, o.PlacedAt, got.PlacedAt.UTC())
		require.Equal(t, "tea", got.Edges.LineItems[0].Edges.Product.Name)

		c.Order.UpdateOne(o).SetStatus(order.StatusShipped).ExecX(ctx)
		c.LineItem.UpdateOneID(item.ID).AddQuantity(1).ExecX(ctx)
		require.Equal(t, 2, c.LineItem.GetX(ctx, item.ID).Quantity)
		require.Equal(t, order.StatusShipped, c.Order.GetX(ctx, o.ID).Status)

		for name, err := range map[string]error{
			"product": c.Product.DeleteOne(tea).Exec(ctx),
			"user":    c.User.DeleteOne(sandy).Exec(ctx),
			"store":   c.Store.DeleteOne(s).Exec(ctx),
		} {
			require.True(t, ent.IsConstraintError(err), "%s: %v", name, err)
		}
		c.LineItem.DeleteOneID(item.ID).ExecX(ctx)
		c.Order.DeleteOne(o).ExecX(ctx)
		require.Zero(t, c.LineItem.Query().CountX(ctx))
	})
}

func TestReview(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		ctx := t.Context()
		tea := c.newProduct(t, c.newStore(t), "tea")
		sandy := c.User.Create().SetName("sandy").SaveX(ctx)
		r := c.Review.Create().SetUser(sandy).SetProduct(tea).SetRating(5).SetText("Très bon").SaveX(ctx)
		require.Equal(t, "Très bon", c.Review.GetX(ctx, r.ID).Text)

		err := c.Review.Create().SetUser(sandy).SetProduct(tea).SetRating(1).Exec(ctx)
		require.True(t, ent.IsConstraintError(err), err)
		c.Review.Create().SetUser(sandy).SetProduct(tea).SetRating(2).
			OnConflictColumns(review.FieldUserID, review.FieldProductID).UpdateRating().ExecX(ctx)
		got := c.Review.Query().OnlyX(ctx)
		require.Equal(t, 2, got.Rating)
		require.Equal(t, r.ID, got.ID)

		c.Review.UpdateOne(got).SetRating(3).ClearText().ExecX(ctx)
		require.Empty(t, c.Review.GetX(ctx, r.ID).Text)
		c.User.DeleteOne(sandy).ExecX(ctx)
		require.Zero(t, c.Review.Query().CountX(ctx))
	})
}

func TestUpdateBulk(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		ctx := t.Context()
		ids := []int{c.User.Create().SetName("a").SaveX(ctx).ID, c.User.Create().SetName("b").SaveX(ctx).ID}
		set := func(u *ent.UserUpdateOne, i int) { u.SetNickname([]string{"x", "y", "z"}[i]) }
		users := c.User.MapUpdateBulk(ids, set).SaveX(ctx)
		require.Equal(t, "y", *users[1].Nickname)
		err := c.User.MapUpdateBulk([]int{ids[1], 0, ids[0]}, set).Exec(ctx)
		require.True(t, ent.IsNotFound(err), "%v", err)
		require.Equal(t, "y", *c.User.GetX(ctx, ids[1]).Nickname, "all or none")
	})
}

func TestCopyFrom(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		ctx := t.Context()
		users := func(n int) func(func(*ent.UserCreate, error) bool) {
			return func(yield func(*ent.UserCreate, error) bool) {
				for range n {
					if !yield(c.User.Create().SetName("u"), nil) {
						return
					}
				}
				yield(c.User.Create().SetName(""), nil)
			}
		}
		_, err := c.User.TryCopyFrom(ctx, users(300))
		require.True(t, ent.IsValidationError(err), "%v", err)
		require.Zero(t, c.User.Query().CountX(ctx), "all or none")
		n, err := c.User.CopyFrom(ctx, func(yield func(*ent.UserCreate) bool) {
			for range 450 {
				if !yield(c.User.Create().SetName("u")) {
					return
				}
			}
		})
		require.NoError(t, err)
		require.Equal(t, 450, n)
		require.Equal(t, 450, c.User.Query().CountX(ctx))
	})
}
