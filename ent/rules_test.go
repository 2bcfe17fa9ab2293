package ent_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
)

func TestDeleteCascades(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

	// An order takes its line items along, and nothing else.
	s.Order.DeleteOne(s.first).ExecX(ctx)
	require.Equal(t, 2, s.LineItem.Query().CountX(ctx))
	require.Equal(t, 3, s.Product.Query().CountX(ctx))

	// A product that nobody bought takes reviews and places in categories.
	s.Product.DeleteOne(s.dune).ExecX(ctx)
	require.Equal(t, 1, s.Review.Query().CountX(ctx))
	require.Equal(t, 2, s.ProductCategory.Query().CountX(ctx))
	require.Equal(t, 3, s.Category.Query().CountX(ctx))

	// A user without orders takes addresses and reviews.
	s.Order.DeleteOne(s.second).ExecX(ctx)
	s.User.DeleteOne(s.sandy).ExecX(ctx)
	require.Zero(t, s.Address.Query().CountX(ctx))
	require.Zero(t, s.Review.Query().CountX(ctx))

	// A store without orders takes its catalog, a tree included.
	s.Order.DeleteOne(s.third).ExecX(ctx)
	s.Store.DeleteOne(s.store).ExecX(ctx)
	require.Zero(t, s.Product.Query().CountX(ctx))
	require.Zero(t, s.Category.Query().CountX(ctx))
	require.Zero(t, s.ProductCategory.Query().CountX(ctx))
}

func TestDeleteRestricted(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

	for name, err := range map[string]error{
		"user with orders":    s.User.DeleteOne(s.sandy).Exec(ctx),
		"store with orders":   s.Store.DeleteOne(s.store).Exec(ctx),
		"product in an order": s.Product.DeleteOne(s.dune).Exec(ctx),
	} {
		require.True(t, ent.IsConstraintError(err), "%s: %v", name, err)
	}
	require.Equal(t, 2, s.Address.Query().CountX(ctx))
	require.Equal(t, 3, s.Product.Query().CountX(ctx))
}

func TestDeleteSetsNull(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

	s.Category.DeleteOne(s.books).ExecX(ctx)
	require.Nil(t, s.Category.GetX(ctx, s.fiction.ID).ParentID, "the child became a root")
	require.Equal(t, 2, s.fiction.QueryProducts().CountX(ctx))
}

func TestUnique(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

	for name, err := range map[string]error{
		"slug of a store":          s.Store.Create().SetName("Again").SetSlug("bbb").Exec(ctx),
		"slug of a category":       s.category("Other", "books").Exec(ctx),
		"name of a sibling":        s.category("Fiction", "fiction-2").SetParent(s.books).Exec(ctx),
		"sku in a store":           s.product("B-1", "Other", 1).Exec(ctx),
		"product in an order":      s.item(s.first, s.dune, 1).Exec(ctx),
		"second review":            s.review(s.sandy, s.dune, 1).Exec(ctx),
		"an id":                    s.category("X", "x").SetID(s.books.ID).Exec(ctx),
		"a product in a category":  s.ProductCategory.Create().SetProduct(s.goban).SetCategory(s.games).Exec(ctx),
		"a user that is not there": s.Address.Create().SetUserID(-1).SetEmailAddress("a@example.com").Exec(ctx),
	} {
		require.True(t, ent.IsConstraintError(err), "%s: %v", name, err)
	}

	other := s.Store.Create().SetName("Other").SetSlug("other").SaveX(ctx)
	s.Product.Create().SetStore(other).SetSku("B-1").SetName("Dune").SetPriceCents(1).ExecX(ctx)
	s.Category.Create().SetStore(other).SetSlug("books").SetName("Books").ExecX(ctx)
	s.category("Fiction", "game-fiction").SetParent(s.games).ExecX(ctx)
}

// What the validators let through never reaches these; plain SQL does.
func TestChecks(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

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
		_, err := s.ExecContext(ctx, update)
		require.Error(t, err, update)
		require.Contains(t, err.Error(), "SQLSTATE 23514", update)
	}
	_, err := s.ExecContext(ctx, `UPDATE user_account SET name = repeat('x', 31)`)
	require.ErrorContains(t, err, "SQLSTATE 22001", "varchar(30)")

	// Additions pass by the validators, since only the database knows the sum.
	for name, err := range map[string]error{
		"price":    s.Product.UpdateOne(s.dune).AddPriceCents(-2000).Exec(ctx),
		"quantity": s.LineItem.Update().AddQuantity(-1).Exec(ctx),
		"rating":   s.Review.Update().AddRating(3).Exec(ctx),
	} {
		require.True(t, ent.IsConstraintError(err), "%s: %v", name, err)
		require.False(t, ent.IsValidationError(err), name)
	}
	require.EqualValues(t, 1999, s.Product.GetX(ctx, s.dune.ID).PriceCents)
}

func TestValidators(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

	address := func(a string) error { return s.Address.Create().SetUser(s.sandy).SetEmailAddress(a).Exec(ctx) }
	for name, err := range map[string]error{
		"empty name":         s.User.Create().SetName("").Exec(ctx),
		"long name":          s.User.Create().SetName(strings.Repeat("x", 31)).Exec(ctx),
		"no name":            s.User.Create().Exec(ctx),
		"no user":            s.Address.Create().SetEmailAddress("a@example.com").Exec(ctx),
		"address, no at":     address("sandy"),
		"address, with name": address("Sandy <sandy@example.com>"),
		"address, empty":     address(""),
		"slug":               s.Store.Create().SetName("x").SetSlug("Not a slug").Exec(ctx),
		"slug, hyphens":      s.Store.Create().SetName("x").SetSlug("a--b").Exec(ctx),
		"negative price":     s.product("x", "x", -1).Exec(ctx),
		"currency":           s.product("x", "x", 1).SetCurrency("usd").Exec(ctx),
		"status":             s.order(s.sandy).SetStatus("lost").Exec(ctx),
		"quantity":           s.item(s.second, s.dune, 0).Exec(ctx),
		"rating 0":           s.review(s.sandy, s.goban, 0).Exec(ctx),
		"rating 6":           s.review(s.sandy, s.goban, 6).Exec(ctx),
		"no store":           s.Product.Create().SetSku("x").SetName("x").SetPriceCents(1).Exec(ctx),
	} {
		require.True(t, ent.IsValidationError(err), "%s: %v", name, err)
	}
	require.NoError(t, s.User.Create().SetName(strings.Repeat("é", 30)).Exec(ctx), "30 characters, 60 bytes")
	require.NoError(t, s.product("free", "Free", 0).Exec(ctx))
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	s, ctx := openShop(t), t.Context()

	for name, err := range map[string]error{
		"get":    second(s.Product.Get(ctx, uuid.Nil)),
		"update": s.User.UpdateOneID(-1).SetName("x").Exec(ctx),
		"delete": s.Order.DeleteOneID(uuid.Nil).Exec(ctx),
	} {
		require.True(t, ent.IsNotFound(err), "%s: %v", name, err)
	}
	_, err := s.User.Query().Only(ctx)
	require.True(t, ent.IsNotSingular(err), err)
}

func second[T any](_ T, err error) error { return err }
