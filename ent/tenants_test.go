package ent_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/neontest"
)

// A role that isn't the owner works in the store it set, and in no other.
func TestTenants(t *testing.T) {
	t.Parallel()
	db := neontest.Open(t)
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, db.URL)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	const one, two = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
	_, err = conn.Exec(ctx, `INSERT INTO store (id, name, slug) VALUES ('`+one+`', 'One', 'one'), ('`+two+`', 'Two', 'two');
		INSERT INTO product (id, sku, name, price_cents, tags, store_id) SELECT id, 'sku', 'Thing', 1, '[]', id FROM store`)
	require.NoError(t, err)
	var role string
	require.NoError(t, conn.QueryRow(ctx, "SELECT 'tenant_' || current_database()").Scan(&role))
	quoted := pgx.Identifier{role}.Sanitize()
	_, err = conn.Exec(ctx, "CREATE ROLE "+quoted+"; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO "+quoted)
	require.NoError(t, err)
	t.Cleanup(func() {
		c, err := pgx.Connect(context.Background(), db.URL)
		require.NoError(t, err)
		defer c.Close(context.Background())
		_, err = c.Exec(context.Background(), "DROP OWNED BY "+quoted+"; DROP ROLE "+quoted)
		require.NoError(t, err)
	})
	count := func(query string) (n int) {
		require.NoError(t, conn.QueryRow(ctx, query).Scan(&n))
		return n
	}
	require.Equal(t, 2, count("SELECT count(*) FROM product"), "the owner sees all")
	_, err = conn.Exec(ctx, "SET ROLE "+quoted)
	require.NoError(t, err)
	require.Zero(t, count("SELECT count(*) FROM product"))
	_, err = conn.Exec(ctx, "SET shop.store_id = '"+one+"'")
	require.NoError(t, err)
	require.Equal(t, 1, count("SELECT count(*) FROM product WHERE store_id = '"+one+"'"))
	require.Equal(t, 1, count("SELECT count(*) FROM product"))
	require.Equal(t, 1, count("SELECT count(*) FROM store"))
	_, err = conn.Exec(ctx, "UPDATE product SET store_id = '"+two+"'")
	require.ErrorContains(t, err, "row-level security")
	_, err = conn.Exec(ctx, "RESET ROLE")
	require.NoError(t, err)
}
