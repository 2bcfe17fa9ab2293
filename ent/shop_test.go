package ent_test

import (
	"os"
	"testing"
	"testing/fstest"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neontest"
)

// database returns an empty database with the tables of schema.sql.
func database(t testing.TB) *neontest.DB {
	t.Helper()
	ddl, err := os.ReadFile("schema.sql")
	require.NoError(t, err)
	return neontest.OpenWith(t, neontest.Config{
		Migrations: fstest.MapFS{"1_schema.sql": &fstest.MapFile{Data: ddl}},
	})
}

// open returns a client on a database of its own: behind database/sql, or where
// the client is tested through a pooler, behind neon's driver.
func open(t testing.TB) *ent.Client {
	t.Helper()
	db := database(t)
	url := db.ClientURL(t)
	if url == db.URL {
		return ent.NewClient(ent.Driver(entsql.OpenDB(dialect.Postgres, db.SQL())))
	}
	drv, err := neon.Open(t.Context(), url, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, drv.Close()) })
	return ent.NewClient(ent.Driver(drv))
}

// shop is one store with a little of everything:
//
//	books > fiction, holding dune and emma; games, holding go
//	sandy ordered 2 dune and 1 go, and 1 emma; spongebob ordered 1 go
//	sandy rated dune 5 and emma 4, spongebob rated dune 2
type shop struct {
	*ent.Client
	store                 *ent.Store
	books, fiction, games *ent.Category
	dune, emma, goban     *ent.Product
	sandy, spongebob      *ent.User
	first, second, third  *ent.Order
}

func openShop(t testing.TB) *shop {
	t.Helper()
	s := &shop{Client: open(t)}
	s.fill(t)
	return s
}

func (s *shop) fill(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	s.store = s.Store.Create().SetName("Bikini Bottom Books").SetSlug("bbb").SaveX(ctx)
	s.books = s.category("Books", "books").SaveX(ctx)
	s.fiction = s.category("Fiction", "fiction").SetParent(s.books).SaveX(ctx)
	s.games = s.category("Games", "games").SaveX(ctx)
	s.dune = s.product("B-1", "Dune", 1999).
		SetTags([]string{"classic", "desert"}).
		SetAttributes(map[string]any{"pages": 688.0, "author": map[string]any{"name": "Herbert"}}).
		AddCategories(s.books, s.fiction).
		SaveX(ctx)
	s.emma = s.product("B-2", "Emma", 899).SetTags([]string{"classic"}).AddCategories(s.fiction).SaveX(ctx)
	s.goban = s.product("G-1", "Go", 4500).AddCategories(s.games).SaveX(ctx)

	s.sandy = s.User.Create().SetName("sandy").SetFullname("Sandy Cheeks").SaveX(ctx)
	s.spongebob = s.User.Create().SetName("spongebob").SaveX(ctx)
	s.Address.CreateBulk(
		s.Address.Create().SetUser(s.sandy).SetEmailAddress("sandy@example.com"),
		s.Address.Create().SetUser(s.sandy).SetEmailAddress("sandy@squirrelpower.example"),
	).SaveX(ctx)

	s.first = s.order(s.sandy).SaveX(ctx)
	s.second = s.order(s.sandy).SetStatus("paid").SaveX(ctx)
	s.third = s.order(s.spongebob).SaveX(ctx)
	s.LineItem.CreateBulk(
		s.item(s.first, s.dune, 2), s.item(s.first, s.goban, 1),
		s.item(s.second, s.emma, 1),
		s.item(s.third, s.goban, 1),
	).SaveX(ctx)
	s.Review.CreateBulk(
		s.review(s.sandy, s.dune, 5), s.review(s.sandy, s.emma, 4), s.review(s.spongebob, s.dune, 2),
	).SaveX(ctx)
}

func (s *shop) category(name, slug string) *ent.CategoryCreate {
	return s.Category.Create().SetStore(s.store).SetName(name).SetSlug(slug)
}

func (s *shop) product(sku, name string, cents int64) *ent.ProductCreate {
	return s.Product.Create().SetStore(s.store).SetSku(sku).SetName(name).SetPriceCents(cents)
}

func (s *shop) order(customer *ent.User) *ent.OrderCreate {
	return s.Order.Create().SetStore(s.store).SetCustomer(customer)
}

func (s *shop) item(o *ent.Order, p *ent.Product, quantity int) *ent.LineItemCreate {
	return s.LineItem.Create().SetOrder(o).SetProduct(p).SetQuantity(quantity).SetUnitPriceCents(p.PriceCents)
}

func (s *shop) review(u *ent.User, p *ent.Product, rating int) *ent.ReviewCreate {
	return s.Review.Create().SetUser(u).SetProduct(p).SetRating(rating)
}
