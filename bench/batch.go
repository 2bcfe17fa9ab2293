package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// openBatch is pgx by hand with pgx.Batch: what depends on the rows of another
// query repeats that one.
func openBatch(ctx context.Context, url string, in *input, s *serial) (*session, error) {
	pool, err := openPool(ctx, url)
	if err != nil {
		return nil, err
	}
	b := &batched{pool, in, s}
	ops := map[string]opFunc{}
	b.eager(ops)
	b.writes(ops)
	return &session{ops, pool.Close}, nil
}

type batched struct {
	*pgxpool.Pool
	in *input
	s  *serial
}

// The same queries, in terms of the first one.
const (
	theUsers    = "ARRAY(SELECT id FROM user_account ORDER BY id LIMIT 20)"
	theOrders   = "ARRAY(SELECT id FROM shop_order WHERE customer_id = ANY(" + theUsers + "))"
	theProducts = "ARRAY(SELECT id FROM product ORDER BY id LIMIT 50)"
)

func next[T any](br pgx.BatchResults, err *error) []*T {
	if *err != nil {
		return nil
	}
	rows, qerr := br.Query()
	if qerr != nil {
		*err = qerr
		return nil
	}
	out, qerr := pgx.CollectRows(rows, pgx.RowToAddrOfStructByPos[T])
	*err = qerr
	return out
}

// queries sends all in one flush.
func (b *batched) queries(ctx context.Context, texts ...string) pgx.BatchResults {
	batch := &pgx.Batch{}
	for _, text := range texts {
		batch.Queue(text)
	}
	return b.SendBatch(ctx, batch)
}

const (
	batchUsers      = "SELECT " + userColumns + " FROM user_account ORDER BY id LIMIT 20"
	batchAddresses  = "SELECT id, email_address, user_id FROM address WHERE user_id = ANY(" + theUsers + ")"
	batchOrders     = "SELECT " + orderColumns + " FROM shop_order WHERE customer_id = ANY(" + theUsers + ")"
	batchReviews    = "SELECT " + reviewColumns + " FROM review WHERE user_id = ANY(" + theUsers + ")"
	batchReviewed   = "SELECT " + productColumns + " FROM product WHERE id = ANY(ARRAY(SELECT product_id FROM review WHERE user_id = ANY(" + theUsers + ")))"
	batchItems      = "SELECT " + itemColumns + " FROM line_item WHERE order_id = ANY(" + theOrders + ")"
	batchBought     = "SELECT " + productColumns + " FROM product WHERE id = ANY(ARRAY(SELECT product_id FROM line_item WHERE order_id = ANY(" + theOrders + ")))"
	batchProducts   = "SELECT " + productColumns + " FROM product ORDER BY id LIMIT 50"
	batchCategories = "SELECT pc.product_id, c.id, c.created_at, c.updated_at, c.name, c.slug, c.parent_id, c.store_id FROM category c JOIN product_category pc ON pc.category_id = c.id WHERE pc.product_id = ANY(" + theProducts + ")"
)

func (b *batched) eager(ops map[string]opFunc) {
	ops["eager1"] = do(func(ctx context.Context) (users []*User, err error) {
		br := b.queries(ctx, batchUsers, batchAddresses)
		defer br.Close()
		users = next[User](br, &err)
		joinAddresses(users, next[Address](br, &err))
		return users, err
	})
	ops["eager1many"] = do(func(ctx context.Context) (users []*User, err error) {
		br := b.queries(ctx, strings.ReplaceAll(batchUsers, "LIMIT 20", "LIMIT 500"), strings.ReplaceAll(batchAddresses, "LIMIT 20", "LIMIT 500"))
		defer br.Close()
		users = next[User](br, &err)
		joinAddresses(users, next[Address](br, &err))
		return users, err
	})
	ops["eager3siblings"] = do(func(ctx context.Context) (users []*User, err error) {
		br := b.queries(ctx, batchUsers, batchAddresses, batchOrders, batchReviews)
		defer br.Close()
		users = next[User](br, &err)
		joinAddresses(users, next[Address](br, &err))
		joinOrders(users, next[Order](br, &err))
		joinReviews(users, next[Review](br, &err))
		return users, err
	})
	ops["eagerm2m"] = do(func(ctx context.Context) (products []*Product, err error) {
		br := b.queries(ctx, batchProducts, batchCategories)
		defer br.Close()
		products = next[Product](br, &err)
		joinCategories(products, next[link](br, &err))
		return products, err
	})
	ops["eager3levels"] = do(func(ctx context.Context) (users []*User, err error) {
		br := b.queries(ctx, batchUsers, batchOrders, batchItems)
		defer br.Close()
		users = next[User](br, &err)
		orders := next[Order](br, &err)
		joinOrders(users, orders)
		joinItems(orders, next[LineItem](br, &err))
		return users, err
	})
	ops["eager4levels"] = do(func(ctx context.Context) (users []*User, err error) {
		br := b.queries(ctx, batchUsers, batchAddresses, batchReviews, batchReviewed, batchOrders, batchItems, batchBought)
		defer br.Close()
		users = next[User](br, &err)
		joinAddresses(users, next[Address](br, &err))
		reviews := next[Review](br, &err)
		joinReviews(users, reviews)
		byID := index(next[Product](br, &err), productID)
		for _, r := range reviews {
			r.Product = byID[r.ProductID]
		}
		orders := next[Order](br, &err)
		joinOrders(users, orders)
		items := next[LineItem](br, &err)
		joinItems(orders, items)
		byID = index(next[Product](br, &err), productID)
		for _, l := range items {
			l.Product = byID[l.ProductID]
		}
		return users, err
	})
}

// send runs the batch, which to the server is one transaction.
func (b *batched) send(ctx context.Context, queue func(*pgx.Batch)) error {
	batch := &pgx.Batch{}
	queue(batch)
	return b.SendBatch(ctx, batch).Close()
}

func (b *batched) writes(ops map[string]opFunc) {
	ops["createm2m"] = exec(func(ctx context.Context, i int) error {
		id, c := newID(), b.in.pair(0)
		return b.send(ctx, func(batch *pgx.Batch) {
			batch.Queue(insertProduct, id, time.Now(), b.s.next(), b.in.store)
			batch.Queue(insertLinks, id, c[0], c[1])
		})
	})
	ops["updatem2m"] = func(ctx context.Context, i int) (any, error) {
		p, c := &Product{}, b.in.pair(i)
		return p, b.send(ctx, func(batch *pgx.Batch) {
			batch.Queue(updateProduct, b.in.product, time.Now()).QueryRow(func(row pgx.Row) error { return row.Scan(p.fields()...) })
			batch.Queue(deleteLinks, b.in.product)
			batch.Queue(insertLinks, b.in.product, c[0], c[1])
		})
	}
	ops["updateeach"] = exec(func(ctx context.Context, i int) error {
		nicknames := make([]string, 50)
		for i := range nicknames {
			nicknames[i] = fmt.Sprint("bench", i)
		}
		tag, err := b.Exec(ctx, unnestEach, b.in.users[:50], nicknames)
		return want(50, tag.RowsAffected(), err)
	})
	ops["tx3"] = exec(func(ctx context.Context, i int) error {
		return b.send(ctx, func(batch *pgx.Batch) {
			for range 3 {
				batch.Queue(insertStore, newID(), time.Now(), b.s.next())
			}
		})
	})
}
