package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// opFunc runs an operation for the i-th time.
type opFunc func(ctx context.Context, i int) (any, error)

// op is one row of the table.
type op struct {
	name, title string
	// write tells that the result is what the probe finds in the database, not
	// what the call returns.
	write bool
	// prepare readies the database for n calls, clean undoes them. $1 is n.
	prepare, probe, clean string
}

const (
	// newUsers is where the ids of users begin that the bench makes.
	newUsers = 1_000_000
	bulkRows = 1000
	copyRows = 10_000
)

const cleanUsers = "DELETE FROM user_account WHERE name LIKE 'bench%'"

// ops are the operations of the bench, in the order of the table.
var ops = []op{
	{name: "get", title: "get by id"},
	{name: "filter50", title: "filter, 50 rows"},
	{name: "scan1000", title: "scan, 1,000 rows"},
	{name: "wide200", title: "scan, 200 wide rows with JSON"},
	{name: "count", title: "count with a filter"},
	{name: "group", title: "group by and count"},
	{name: "page", title: "next page by offset"},
	{name: "idin1000", title: "1,000 rows by their ids"},
	{name: "eager1", title: "eager: 20 users, addresses"},
	{name: "eager1many", title: "eager: 500 users, addresses"},
	{name: "eager3siblings", title: "eager: 20 users, three sibling edges"},
	{name: "eagerm2m", title: "eager: 50 products, categories (M2M)"},
	{name: "eager3levels", title: "eager: 20 users, orders, line items"},
	{name: "eager4levels", title: "eager: 20 users, four levels with siblings"},
	{name: "create", title: "create", write: true, clean: cleanUsers,
		probe: "SELECT name, fullname, nickname FROM user_account WHERE name LIKE 'bench%'"},
	{name: "createm2m", title: "create with 2 M2M edges", write: true,
		clean: "DELETE FROM product WHERE sku LIKE 'bench%'",
		probe: "SELECT p.name, p.price_cents, p.currency, p.tags, pc.category_id FROM product p JOIN product_category pc ON p.id = pc.product_id WHERE sku LIKE 'bench%' ORDER BY 5"},
	{name: "upsert", title: "upsert", write: true,
		clean: "DELETE FROM store WHERE slug LIKE 'bench%'",
		probe: "SELECT slug, name FROM store WHERE slug LIKE 'bench%'"},
	{name: "updateone", title: "update one, returning it", write: true,
		clean: "UPDATE user_account SET nickname = NULL WHERE nickname LIKE 'bench%'",
		probe: "SELECT id, nickname FROM user_account WHERE nickname LIKE 'bench%'"},
	{name: "updatemany", title: "update 50 rows alike", write: true,
		clean: "UPDATE user_account SET nickname = NULL WHERE nickname LIKE 'bench%'",
		probe: "SELECT id, nickname FROM user_account WHERE nickname LIKE 'bench%' ORDER BY id"},
	{name: "updateeach", title: "update 50 rows, each its own value", write: true,
		clean: "UPDATE user_account SET nickname = NULL WHERE nickname LIKE 'bench%'",
		probe: "SELECT id, nickname FROM user_account WHERE nickname LIKE 'bench%' ORDER BY id"},
	{name: "updatem2m", title: "update one with M2M edges", write: true,
		clean: "UPDATE product SET name = 'product' WHERE name LIKE 'bench%'",
		probe: "SELECT p.name, pc.category_id FROM product p JOIN product_category pc ON p.id = pc.product_id WHERE name LIKE 'bench%' ORDER BY 2"},
	{name: "delete", title: "delete one", write: true, clean: cleanUsers,
		prepare: fmt.Sprintf("INSERT INTO user_account (id, name) SELECT %d + i, 'bench' || i FROM generate_series(0, $1 - 1) i", newUsers),
		probe:   "SELECT count(*) FROM user_account WHERE name LIKE 'bench%'"},
	{name: "tx3", title: "transaction of 3 creates, ids made by the client", write: true,
		clean: "DELETE FROM store WHERE slug LIKE 'bench%'",
		probe: "SELECT count(*), min(name) FROM store WHERE slug LIKE 'bench%'"},
	{name: "bulkids", title: "bulk of 1,000, ids returned", write: true, clean: cleanUsers,
		probe: "SELECT count(*), min(name), max(fullname) FROM user_account WHERE name LIKE 'bench%'"},
	{name: "bulk", title: "bulk of 1,000, no ids", write: true,
		clean: "DELETE FROM address WHERE email_address LIKE 'bench%'",
		probe: "SELECT count(*), min(email_address), max(user_id) FROM address WHERE email_address LIKE 'bench%'"},
	{name: "copy", title: "copy of 10,000", write: true,
		clean: "DELETE FROM address WHERE email_address LIKE 'bench%'",
		probe: "SELECT count(*), min(email_address), max(user_id) FROM address WHERE email_address LIKE 'bench%'"},
}

// input is what the operations work on.
type input struct {
	user       int64
	users      []int64
	store      uuid.UUID
	product    uuid.UUID
	categories []uuid.UUID
}

func loadInput(ctx context.Context, url string) (*input, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	in := &input{}
	rows, err := conn.Query(ctx, "SELECT id FROM user_account ORDER BY id LIMIT 1000")
	if err != nil {
		return nil, err
	}
	if in.users, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
		return nil, err
	}
	in.user = in.users[len(in.users)/2]
	if err := conn.QueryRow(ctx, "SELECT store_id, id FROM product ORDER BY id LIMIT 1").Scan(&in.store, &in.product); err != nil {
		return nil, err
	}
	rows, err = conn.Query(ctx, "SELECT id FROM category WHERE store_id = $1 ORDER BY id LIMIT 4", in.store)
	if err != nil {
		return nil, err
	}
	in.categories, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	return in, err
}

// pair is two of the categories, others each time.
func (in *input) pair(i int) []uuid.UUID { return in.categories[2*(i%2) : 2*(i%2)+2] }

func (in *input) owner(i int) int64 { return in.users[i%len(in.users)] }

func benchName(i int) string { return fmt.Sprintf("bench%06d", i) }

func benchEmail(i int) string { return fmt.Sprintf("bench%06d@example.com", i) }

// serial numbers what has to be unique, over all contenders.
type serial struct{ n int }

func (s *serial) next() string {
	s.n++
	return fmt.Sprintf("bench-%d", s.n)
}
