package shop

import (
	"time"

	"github.com/espalier-go/espalier/seed"
)

const (
	usersPerStore = 250
	// productsPerStore is well above the four items of an order.
	productsPerStore = 50
)

// Two years of orders lie before seed.Epoch, and the catalog before them.
var (
	storesFrom   = seed.Epoch.AddDate(-4, 0, 0)
	productsFrom = seed.Epoch.AddDate(-3, 0, 0)
	ordersFrom   = seed.Epoch.AddDate(-2, 0, 0)
)

// Dataset returns the shop's data set.
func Dataset() *seed.Dataset {
	return &seed.Dataset{Name: "shop", Version: 1, Tables: []seed.Table{
		{Name: "user_account", Rows: users, Row: userRow,
			Columns: []string{"id", "name", "fullname", "nickname"}},
		{Name: "address", Rows: func(n int64) int64 { return addresses.total(n) }, Row: addressRow,
			Columns: []string{"id", "email_address", "user_id"}},
		{Name: "store", Rows: stores, Row: storeRow,
			Columns: []string{"id", "created_at", "updated_at", "name", "slug"}},
		{Name: "category", Rows: func(n int64) int64 { return stores(n) * categoriesPerStore }, Row: categoryRow,
			Columns: []string{"id", "created_at", "updated_at", "name", "slug", "parent_id", "store_id"}},
		{Name: "product", Rows: products, Row: productRow,
			Columns: []string{"id", "created_at", "updated_at", "sku", "name", "description", "price_cents", "currency", "tags", "attributes", "store_id"}},
		{Name: "product_category", Rows: func(n int64) int64 { return products(n) / 2 * 3 }, Row: productCategoryRow,
			Columns: []string{"product_id", "category_id"}},
		{Name: "shop_order", Rows: orders, Row: orderRow,
			Columns: []string{"id", "created_at", "updated_at", "status", "currency", "placed_at", "store_id", "customer_id"}},
		{Name: "line_item", Rows: func(n int64) int64 { return items.total(orders(n)) }, Row: itemRow,
			Columns: []string{"id", "created_at", "updated_at", "quantity", "unit_price_cents", "order_id", "product_id"}},
		{Name: "review", Rows: func(n int64) int64 { return reviews.total(users(n)) }, Row: reviewRow,
			Columns: []string{"id", "created_at", "updated_at", "rating", "text", "product_id", "user_id"}},
	}}
}

func users(n int64) int64    { return n }
func stores(n int64) int64   { return 1 + (n-1)/usersPerStore }
func products(n int64) int64 { return stores(n) * productsPerStore }
func orders(n int64) int64   { return n + (n+1)/2 }

// later returns a time up to days after at, and never after seed.Epoch.
func later(g *seed.Gen, at time.Time, days int64) time.Time {
	at = at.Add(time.Duration(g.Int64N(days*86_400_000_000)) * time.Microsecond)
	if at.After(seed.Epoch) {
		return seed.Epoch
	}
	return at
}

// pick returns one of the words.
func pick(g *seed.Gen, words []string) string { return words[g.IntN(len(words))] }
