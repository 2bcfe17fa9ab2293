package shop_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/internal/shop"
	"github.com/espalier-go/espalier/neontest"
	"github.com/espalier-go/espalier/seed"
)

// The rows of a seed number are a promise: where this test fails, raise the
// data set's Version, and only then take over the new values.
func TestDigest(t *testing.T) {
	t.Parallel()
	for scale, want := range map[int64]string{
		1:    "5eb3c547d842e22397a67092080c8db07217bc52a009fa3ef779d5a2811cb67c",
		1000: "f372de9ff184e2beab8978712877ec7f49bd1035856dfa4aff793b457389bc3f",
	} {
		got, err := seed.Digest(shop.Dataset(), 1, scale)
		require.NoError(t, err)
		require.Equal(t, want, got, "scale %d", scale)
	}
	one, err := seed.Digest(shop.Dataset(), 1, 1)
	require.NoError(t, err)
	other, err := seed.Digest(shop.Dataset(), 2, 1)
	require.NoError(t, err)
	require.NotEqual(t, one, other)
}

// Postgres itself checks the uniques, the foreign keys and the checks.
func TestScales(t *testing.T) {
	t.Parallel()
	for _, scale := range []int64{1, 2, 3, 4, 5, 6, 7, 250, 251, 1003} {
		t.Run(fmt.Sprint(scale), func(t *testing.T) {
			t.Parallel()
			db := neontest.Open(t)
			for n := int64(1); n <= 2; n++ {
				res, err := seed.Run(t.Context(), db.URL, shop.Dataset(), seed.Config{Scale: scale, Seed: n, Reset: true})
				require.NoError(t, err)
				require.Equal(t, res.Rows, res.Inserted)
				for _, table := range res.Tables {
					require.EqualValues(t, table.Rows, count(t, db, "select count(*) from "+table.Name), table.Name)
				}
				require.Equal(t, scale, count(t, db, "select count(*) from user_account"))
				require.Equal(t, scale*10/4, count(t, db, "select count(*) from address"))
			}
		})
	}
}

func count(t *testing.T, db *neontest.DB, query string) (n int64) {
	t.Helper()
	require.NoError(t, db.Pool().QueryRow(t.Context(), query).Scan(&n))
	return n
}

// What the constraints don't say, but anybody would expect of a shop. Each
// query counts the rows that are wrong.
func TestPlausible(t *testing.T) {
	t.Parallel()
	db := neontest.Open(t)
	_, err := seed.Run(t.Context(), db.URL, shop.Dataset(), seed.Config{Scale: 2000})
	require.NoError(t, err)
	for what, query := range map[string]string{
		"an item of another store": `select count(*) from line_item i join shop_order o on o.id = i.order_id
			join product p on p.id = i.product_id where p.store_id <> o.store_id`,
		"an order in another currency": `select count(*) from line_item i join shop_order o on o.id = i.order_id
			join product p on p.id = i.product_id where p.currency <> o.currency`,
		"an order without items":     `select count(*) from shop_order o where not exists (select from line_item i where i.order_id = o.id)`,
		"a product without category": `select count(*) from product p where not exists (select from product_category c where c.product_id = p.id)`,
		"a product elsewhere": `select count(*) from product_category pc join product p on p.id = pc.product_id
			join category c on c.id = pc.category_id where c.store_id <> p.store_id`,
		"a parent in another store": `select count(*) from category c join category p on p.id = c.parent_id where p.store_id <> c.store_id`,
		"an id without its time": `select count(*) from shop_order where
			('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint <> floor(extract(epoch from placed_at) * 1000)`,
		"an id that is not a UUIDv7":    `select count(*) from line_item where id::text !~ '^.{8}-.{4}-7.{3}-[89ab]'`,
		"an address without an at":      `select count(*) from address where email_address !~ '^[a-z0-9._]+@[a-z.]+$'`,
		"an update before the creation": `select count(*) from product where updated_at < created_at`,
		"a time after the epoch":        `select count(*) from shop_order where greatest(created_at, updated_at, placed_at) > '2026-01-01 00:00Z'`,
		"a shop that is not popular": `select count(*) from (select count(*) filter (where store_id = (select id from store order by created_at limit 1))
			< count(*) / 8 as less from shop_order) s where less`,
		"a tree without three floors": `select count(*) from (select count(*) as n from category a join category b on b.parent_id = a.id
			join category c on c.parent_id = b.id) s where n = 0`,
		"no canceled order": `select count(*) from (select count(*) filter (where status = 'canceled') as n from shop_order) s where n = 0`,
	} {
		require.Zero(t, count(t, db, query), what)
	}
	require.Greater(t, count(t, db, "select count(distinct name) from user_account"), int64(1000))
	require.Greater(t, count(t, db, "select count(distinct tags) from product"), int64(15))
}
