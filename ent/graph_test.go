package ent_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqljson"
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

func TestTraversal(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

	names := func(q *ent.CategoryQuery) []string {
		var out []string
		for _, c := range q.Order(category.ByName()).AllX(ctx) {
			out = append(out, c.Name)
		}
		return out
	}
	require.Equal(t, []string{"Books", "Fiction", "Games"},
		names(s.sandy.QueryOrders().QueryProducts().QueryCategories()))
	require.Equal(t, []string{"Games"},
		names(s.spongebob.QueryOrders().QueryProducts().QueryCategories()))
	require.Equal(t, []string{"Books"}, names(s.fiction.QueryParent()))
	require.Equal(t, []string{"Fiction"}, names(s.books.QueryChildren()))

	buyers := s.Category.Query().Where(category.Slug("games")).
		QueryProducts().QueryOrders().QueryCustomer().
		Order(user.ByName()).Unique(true).Select(user.FieldName).StringsX(ctx)
	require.Equal(t, []string{"sandy", "spongebob"}, buyers)
	// A product, with its JSON columns, comes once although two orders hold it.
	require.Len(t, s.games.QueryProducts().QueryOrders().QueryProducts().AllX(ctx), 2)
}

func TestEdgePredicates(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

	loved := s.Product.Query().
		Where(product.HasReviewsWith(review.RatingGTE(4)), product.Not(product.HasReviewsWith(review.RatingLT(3)))).
		OnlyX(ctx)
	require.Equal(t, s.emma.ID, loved.ID)

	silent := s.User.Query().Where(user.Not(user.HasAddresses())).OnlyX(ctx)
	require.Equal(t, "spongebob", silent.Name)

	lots := s.Order.Query().Where(order.HasLineItemsWith(lineitem.QuantityGT(1))).OnlyX(ctx)
	require.Equal(t, s.first.ID, lots.ID)
}

func TestAggregate(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

	var rows []struct {
		ProductID string  `json:"product_id"`
		N         int     `json:"n"`
		Mean      float64 `json:"mean"`
	}
	s.Review.Query().
		Order(review.ByProductID()).
		GroupBy(review.FieldProductID).
		Aggregate(ent.As(ent.Count(), "n"), ent.As(ent.Mean(review.FieldRating), "mean")).
		ScanX(ctx, &rows)
	require.Len(t, rows, 2)
	require.Equal(t, s.dune.ID.String(), rows[0].ProductID)
	require.Equal(t, 2, rows[0].N)
	require.InDelta(t, 3.5, rows[0].Mean, 1e-9)

	total := s.Product.Query().Aggregate(ent.Sum(product.FieldPriceCents)).IntX(ctx)
	require.Equal(t, 1999+899+4500, total)

	most := s.User.Query().Order(user.ByOrdersCount(sql.OrderDesc())).FirstX(ctx)
	require.Equal(t, "sandy", most.Name)
}

func TestEagerLoad(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

	users := s.User.Query().
		Order(user.ByName()).
		WithAddresses(func(q *ent.AddressQuery) { q.Order(address.ByEmailAddress()) }).
		WithOrders(func(q *ent.OrderQuery) {
			q.Order(order.ByID()).WithLineItems(func(q *ent.LineItemQuery) {
				q.Order(lineitem.ByQuantity(sql.OrderDesc())).WithProduct()
			})
		}).
		AllX(ctx)
	require.Len(t, users, 2)
	sandy, spongebob := users[0], users[1]
	require.Len(t, sandy.Edges.Addresses, 2)
	require.Equal(t, "sandy@example.com", sandy.Edges.Addresses[0].EmailAddress)
	require.Len(t, sandy.Edges.Orders, 2)
	items := sandy.Edges.Orders[0].Edges.LineItems
	require.Len(t, items, 2)
	require.Equal(t, 2, items[0].Quantity)
	require.Equal(t, s.dune.ID, items[0].Edges.Product.ID)

	require.Empty(t, spongebob.Edges.Addresses)
	loaded, err := spongebob.Edges.AddressesOrErr()
	require.NoError(t, err, "loaded, and empty")
	require.Empty(t, loaded)
	_, err = spongebob.Edges.ReviewsOrErr()
	require.True(t, ent.IsNotLoaded(err))
}

func TestRollback(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

	boom := errors.New("boom")
	transfer := func(fail error) error {
		tx, err := s.Tx(ctx)
		require.NoError(t, err)
		require.NoError(t, tx.Order.UpdateOne(s.first).SetStatus(order.StatusPaid).Exec(ctx))
		require.NoError(t, tx.Product.Update().AddPriceCents(100).Exec(ctx))
		require.Equal(t, order.StatusPending, s.Order.GetX(ctx, s.first.ID).Status, "unseen before the commit")
		if fail != nil {
			require.NoError(t, tx.Rollback())
			return fail
		}
		return tx.Commit()
	}
	require.ErrorIs(t, transfer(boom), boom)
	require.Equal(t, order.StatusPending, s.Order.GetX(ctx, s.first.ID).Status)
	require.EqualValues(t, 1999, s.Product.GetX(ctx, s.dune.ID).PriceCents)
	require.NoError(t, transfer(nil))
	require.Equal(t, order.StatusPaid, s.Order.GetX(ctx, s.first.ID).Status)
	require.EqualValues(t, 2099, s.Product.GetX(ctx, s.dune.ID).PriceCents)
}

func TestUpsert(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

	// The row that is there keeps its id and creation time.
	id := s.product("B-1", "Dune, 2nd edition", 2499).
		OnConflictColumns(product.FieldStoreID, product.FieldSku).
		UpdateNewValues().
		Update(func(u *ent.ProductUpsert) { u.SetIgnore(product.FieldTags) }).
		IDX(ctx)
	require.Equal(t, s.dune.ID, id)
	got := s.Product.GetX(ctx, id)
	require.Equal(t, "Dune, 2nd edition", got.Name)
	require.EqualValues(t, 2499, got.PriceCents)
	require.Equal(t, s.dune.CreatedAt, got.CreatedAt.UTC())
	require.Equal(t, 3, s.Product.Query().CountX(ctx))

	// Many at once: one is new, two are there.
	s.Review.CreateBulk(
		s.review(s.sandy, s.dune, 3), s.review(s.sandy, s.goban, 1), s.review(s.spongebob, s.dune, 4),
	).
		OnConflictColumns(review.FieldUserID, review.FieldProductID).
		Update(func(u *ent.ReviewUpsert) { u.UpdateRating() }).
		ExecX(ctx)
	require.Equal(t, []int{1, 3, 4, 4}, s.Review.Query().Order(review.ByRating()).Select(review.FieldRating).IntsX(ctx))
}

func TestJSON(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

	got := s.Product.GetX(ctx, s.dune.ID)
	require.Equal(t, []string{"classic", "desert"}, got.Tags)
	require.Equal(t, map[string]any{"pages": 688.0, "author": map[string]any{"name": "Herbert"}}, got.Attributes)
	require.Equal(t, []string{}, s.Product.GetX(ctx, s.goban.ID).Tags, "none given: empty, not null")
	require.Nil(t, s.Product.GetX(ctx, s.goban.ID).Attributes)

	tagged := func(tag string) int {
		return s.Product.Query().Where(func(sel *sql.Selector) {
			sel.Where(sqljson.ValueContains(product.FieldTags, tag))
		}).CountX(ctx)
	}
	require.Equal(t, 2, tagged("classic"))
	require.Equal(t, 0, tagged("clas"))
	author := s.Product.Query().Where(func(sel *sql.Selector) {
		sel.Where(sqljson.ValueEQ(product.FieldAttributes, "Herbert", sqljson.DotPath("author.name")))
	}).OnlyX(ctx)
	require.Equal(t, s.dune.ID, author.ID)

	s.Product.UpdateOne(s.dune).AppendTags([]string{"film"}).ClearAttributes().ExecX(ctx)
	got = s.Product.GetX(ctx, s.dune.ID)
	require.Equal(t, []string{"classic", "desert", "film"}, got.Tags)
	require.Nil(t, got.Attributes)
}

func TestTimes(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

	read := s.Store.GetX(ctx, s.store.ID)
	require.Equal(t, s.store.CreatedAt, read.CreatedAt.UTC(), "what was created equals what is read")
	require.Equal(t, s.store.CreatedAt.Truncate(time.Microsecond), s.store.CreatedAt)

	past := read.UpdatedAt.Add(-time.Hour)
	s.Store.UpdateOne(read).SetUpdatedAt(past).ExecX(ctx)
	updated := s.Store.UpdateOne(read).SetName("Renamed").SaveX(ctx)
	require.True(t, updated.UpdatedAt.After(past), "an update moves updated_at")
	require.True(t, updated.CreatedAt.Equal(read.CreatedAt))

	// The database's clock serves rows that don't come from the client.
	_, err := s.ExecContext(ctx, `INSERT INTO store (id, name, slug) VALUES (gen_random_uuid(), 'By hand', 'by-hand')`)
	require.NoError(t, err)
	require.Equal(t, 2, s.Store.Query().CountX(ctx))
}

func TestManyToMany(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

	s.Product.UpdateOne(s.dune).RemoveCategories(s.books).AddCategories(s.games).ExecX(ctx)
	slugs := s.dune.QueryCategories().Order(category.BySlug()).Select(category.FieldSlug).StringsX(ctx)
	require.Equal(t, []string{"fiction", "games"}, slugs)
	s.Category.UpdateOne(s.games).ClearProducts().ExecX(ctx)
	require.Zero(t, s.games.QueryProducts().CountX(ctx))
	require.Equal(t, 3, s.Product.Query().CountX(ctx), "the products stay")

	_, err := s.ProductCategory.Create().SetProduct(s.dune).SetCategory(s.fiction).Save(ctx)
	require.True(t, ent.IsConstraintError(err), err)
}

func TestCanceledContext(t *testing.T) {
	t.Parallel()
	c := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.User.Query().All(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, c.User.Query().CountX(t.Context()))
}
