package ent_test

import (
	"bytes"
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/migrate"
	"github.com/espalier-go/espalier/neontest"
)

// catalog describes everything in the schema public, a line each.
func catalog(t *testing.T, pool *pgxpool.Pool) []string {
	t.Helper()
	return lines(t, pool, `
		SELECT format('table %s: %s', c.relname, obj_description(c.oid))
		FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
		UNION ALL
		SELECT format('column %s.%s: %s not null %s identity %s default %s: %s', c.relname, a.attname,
			format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
			pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum))
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
		UNION ALL
		SELECT format('constraint %s on %s: %s', conname, conrelid::regclass, pg_get_constraintdef(oid))
		FROM pg_constraint WHERE connamespace = 'public'::regnamespace
		UNION ALL
		SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
		ORDER BY 1`)
}

func lines(t *testing.T, pool *pgxpool.Pool, query string) []string {
	t.Helper()
	rows, err := pool.Query(t.Context(), query)
	require.NoError(t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return out
}

// schema.sql, which migrations are made from, and ent's own Schema.Create make
// the same database.
func TestSchemaSQLEqualsCreate(t *testing.T) {
	t.Parallel()
	created := neontest.OpenWith(t, neontest.Config{Empty: true})
	client := ent.NewClient(ent.Driver(entsql.OpenDB(dialect.Postgres, created.SQL())))
	require.NoError(t, client.Schema.Create(t.Context()))
	want := catalog(t, created.Pool())
	require.Greater(t, len(want), 100)
	require.Equal(t, want, catalog(t, database(t).Pool()))
}

func TestCreateTwiceIsNoOp(t *testing.T) {
	t.Parallel()
	client := open(t)
	var ddl bytes.Buffer
	require.NoError(t, client.Schema.WriteTo(t.Context(), &ddl, migrate.WithDropColumn(true), migrate.WithDropIndex(true)))
	for line := range strings.Lines(ddl.String()) {
		require.Contains(t, []string{"BEGIN;", "COMMIT;", ""}, strings.TrimSpace(line))
	}
}

// A delete of the parent, or a join, looks a foreign key up: without an index
// it reads the whole table.
func TestForeignKeysAreIndexed(t *testing.T) {
	t.Parallel()
	require.Empty(t, unindexed(migrate.Tables))

	full := migrate.LineItemTable
	bare := &schema.Table{Name: full.Name, PrimaryKey: full.PrimaryKey, ForeignKeys: full.ForeignKeys, Indexes: full.Indexes[:1]}
	require.Equal(t, []string{"line_item.product_id"}, unindexed([]*schema.Table{bare}), "it finds one")
}

// unindexed returns the foreign key columns that no index leads with.
func unindexed(tables []*schema.Table) (missing []string) {
	for _, table := range tables {
		leading := map[string]bool{table.PrimaryKey[0].Name: true}
		for _, idx := range table.Indexes {
			leading[idx.Columns[0].Name] = true
		}
		for _, fk := range table.ForeignKeys {
			if c := fk.Columns[0]; !leading[c.Name] && !c.Unique {
				missing = append(missing, table.Name+"."+c.Name)
			}
		}
	}
	return missing
}

func TestForeignKeysAreIndexedOnPostgres(t *testing.T) {
	t.Parallel()
	pool := database(t).Pool()
	const query = `
		SELECT conrelid::regclass || '.' || conname FROM pg_constraint c
		WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT EXISTS (
			SELECT FROM pg_index i
			WHERE i.indrelid = c.conrelid AND i.indisvalid AND i.indpred IS NULL AND i.indkey[0] = c.conkey[1])`
	require.Empty(t, lines(t, pool, query))
	_, err := pool.Exec(t.Context(), `DROP INDEX line_item_product_id`)
	require.NoError(t, err)
	require.Equal(t, []string{"line_item.line_item_product_product"}, lines(t, pool, query), "the query finds one")
}

func TestOnDelete(t *testing.T) {
	t.Parallel()
	got := make(map[string]schema.ReferenceOption)
	for _, table := range migrate.Tables {
		for _, fk := range table.ForeignKeys {
			got[table.Name+"."+fk.Columns[0].Name] = fk.OnDelete
		}
	}
	require.Equal(t, map[string]schema.ReferenceOption{
		"address.user_id":              schema.Cascade,
		"category.parent_id":           schema.SetNull,
		"category.store_id":            schema.Cascade,
		"line_item.order_id":           schema.Cascade,
		"line_item.product_id":         schema.NoAction,
		"product.store_id":             schema.Cascade,
		"product_category.category_id": schema.Cascade,
		"product_category.product_id":  schema.Cascade,
		"review.product_id":            schema.Cascade,
		"review.user_id":               schema.Cascade,
		"shop_order.customer_id":       schema.NoAction,
		"shop_order.store_id":          schema.NoAction,
	}, got)
}

func TestCommentsAndNames(t *testing.T) {
	t.Parallel()
	for _, table := range migrate.Tables {
		require.NotEmpty(t, table.Comment, table.Name)
		for _, c := range table.Columns {
			require.NotEmpty(t, c.Comment, "%s.%s", table.Name, c.Name)
		}
		for _, idx := range table.Indexes {
			require.True(t, strings.HasPrefix(idx.Name, table.Name+"_"), "%s on %s", idx.Name, table.Name)
		}
		if table.Annotation != nil {
			for name := range table.Annotation.Checks {
				require.Regexp(t, "^"+table.Name+"_.+_check$", name)
			}
		}
	}
}

func TestTypesOnPostgres(t *testing.T) {
	t.Parallel()
	types := lines(t, database(t).Pool(), `
		SELECT DISTINCT format('%s %s %s', column_name, data_type, identity_generation) FROM information_schema.columns
		WHERE table_schema = 'public' AND (column_name IN ('id', 'tags', 'attributes', 'created_at', 'placed_at', 'price_cents', 'rating'))
		ORDER BY 1`)
	require.Equal(t, []string{
		"attributes jsonb ", "created_at timestamp with time zone ",
		"id bigint BY DEFAULT", "id uuid ",
		"placed_at timestamp with time zone ", "price_cents bigint ", "rating smallint ", "tags jsonb ",
	}, types)
}
