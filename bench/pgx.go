package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The statements of pgx by hand, batched or not, and of sqlc.
const (
	userColumns    = "id, name, fullname, nickname"
	productColumns = "id, created_at, updated_at, sku, name, description, price_cents, currency, tags, attributes, store_id"
	orderColumns   = "id, created_at, updated_at, status, currency, placed_at, store_id, customer_id"
	itemColumns    = "id, created_at, updated_at, quantity, unit_price_cents, order_id, product_id"
	reviewColumns  = "id, created_at, updated_at, rating, text, product_id, user_id"

	selectUser     = "SELECT " + userColumns + " FROM user_account WHERE id = $1"
	selectFrom     = "SELECT " + userColumns + " FROM user_account WHERE id >= $1 ORDER BY id LIMIT 50"
	selectUsers    = "SELECT " + userColumns + " FROM user_account ORDER BY id LIMIT $1"
	selectPage     = "SELECT " + userColumns + " FROM user_account ORDER BY id LIMIT 50 OFFSET $1"
	selectIn       = "SELECT " + userColumns + " FROM user_account WHERE id = ANY($1) ORDER BY id"
	selectProducts = "SELECT " + productColumns + " FROM product ORDER BY id LIMIT $1"
	countPaid      = "SELECT count(*) FROM shop_order WHERE status = 'paid'"
	groupStatus    = "SELECT status, count(*) FROM shop_order GROUP BY status ORDER BY status"

	addressesOf  = "SELECT id, email_address, user_id FROM address WHERE user_id = ANY($1)"
	ordersOf     = "SELECT " + orderColumns + " FROM shop_order WHERE customer_id = ANY($1)"
	reviewsOf    = "SELECT " + reviewColumns + " FROM review WHERE user_id = ANY($1)"
	itemsOf      = "SELECT " + itemColumns + " FROM line_item WHERE order_id = ANY($1)"
	productsOf   = "SELECT " + productColumns + " FROM product WHERE id = ANY($1)"
	categoriesOf = "SELECT pc.product_id, c.id, c.created_at, c.updated_at, c.name, c.slug, c.parent_id, c.store_id FROM category c JOIN product_category pc ON pc.category_id = c.id WHERE pc.product_id = ANY($1)"

	insertUser    = "INSERT INTO user_account (name, fullname) VALUES ($1, $2) RETURNING id"
	insertProduct = "INSERT INTO product (id, created_at, updated_at, sku, name, price_cents, currency, tags, store_id) VALUES ($1, $2, $2, $3, 'bench', 1, 'USD', '[]', $4)"
	insertLinks   = "INSERT INTO product_category (product_id, category_id) VALUES ($1, $2), ($1, $3)"
	upsertStore   = "INSERT INTO store (id, created_at, updated_at, name, slug) VALUES ($1, $2, $2, 'bench', 'bench') ON CONFLICT (slug) DO UPDATE SET name = excluded.name, updated_at = excluded.updated_at"
	insertStore   = "INSERT INTO store (id, created_at, updated_at, name, slug) VALUES ($1, $2, $2, 'bench', $3)"
	updateUser    = "UPDATE user_account SET nickname = 'bench' WHERE id = $1 RETURNING " + userColumns
	updateUsers   = "UPDATE user_account SET nickname = 'bench' WHERE id = ANY($1)"
	updateEach    = "UPDATE user_account SET nickname = $2 WHERE id = $1"
	updateProduct = "UPDATE product SET name = 'bench', updated_at = $2 WHERE id = $1 RETURNING " + productColumns
	deleteLinks   = "DELETE FROM product_category WHERE product_id = $1"
	deleteUser    = "DELETE FROM user_account WHERE id = $1"
	unnestUsers   = "INSERT INTO user_account (name, fullname) SELECT * FROM unnest($1::text[], $2::text[]) RETURNING id"
	unnestAddress = "INSERT INTO address (email_address, user_id) SELECT * FROM unnest($1::text[], $2::bigint[])"
	unnestEach    = "UPDATE user_account u SET nickname = v.nickname FROM unnest($1::bigint[], $2::text[]) v (id, nickname) WHERE u.id = v.id"
)

// link is a category and the product it belongs to.
type link struct {
	ProductID uuid.UUID
	Category
}

// readers are how rows become structs: what tells pgx by hand from sqlc.
type readers struct {
	users      func(context.Context, *pgxpool.Pool, string, ...any) ([]*User, error)
	addresses  func(context.Context, *pgxpool.Pool, string, ...any) ([]*Address, error)
	orders     func(context.Context, *pgxpool.Pool, string, ...any) ([]*Order, error)
	items      func(context.Context, *pgxpool.Pool, string, ...any) ([]*LineItem, error)
	products   func(context.Context, *pgxpool.Pool, string, ...any) ([]*Product, error)
	reviews    func(context.Context, *pgxpool.Pool, string, ...any) ([]*Review, error)
	categories func(context.Context, *pgxpool.Pool, string, ...any) ([]*link, error)
	counts     func(context.Context, *pgxpool.Pool, string, ...any) ([]*StatusCount, error)
}

func collect[T any](ctx context.Context, pool *pgxpool.Pool, text string, args ...any) ([]*T, error) {
	rows, err := pool.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToAddrOfStructByPos[T])
}

func openPgx(ctx context.Context, url string, in *input, s *serial) (*session, error) {
	return openByHand(ctx, url, in, s, readers{
		collect[User], collect[Address], collect[Order], collect[LineItem], collect[Product], collect[Review], collect[link], collect[StatusCount],
	})
}

func openByHand(ctx context.Context, url string, in *input, s *serial, r readers) (*session, error) {
	pool, err := openPool(ctx, url)
	if err != nil {
		return nil, err
	}
	h := &byHand{pool, in, s, r}
	ops := h.reads()
	h.eager(ops)
	h.writes(ops)
	return &session{ops, pool.Close}, nil
}

// byHand does what a program without an ORM does, one statement after the other.
type byHand struct {
	*pgxpool.Pool
	in *input
	s  *serial
	r  readers
}

func (h *byHand) users(text string, args ...any) opFunc {
	return do(func(ctx context.Context) ([]*User, error) { return h.r.users(ctx, h.Pool, text, args...) })
}

func (h *byHand) reads() map[string]opFunc {
	return map[string]opFunc{
		"get": do(func(ctx context.Context) (*User, error) {
			u := &User{}
			return u, h.QueryRow(ctx, selectUser, h.in.user).Scan(&u.ID, &u.Name, &u.Fullname, &u.Nickname)
		}),
		"filter50": h.users(selectFrom, h.in.users[100]),
		"scan1000": h.users(selectUsers, 1000),
		"wide200": do(func(ctx context.Context) ([]*Product, error) {
			return h.r.products(ctx, h.Pool, selectProducts, 200)
		}),
		"count": do(func(ctx context.Context) (n int64, err error) {
			return n, h.QueryRow(ctx, countPaid).Scan(&n)
		}),
		"group": do(func(ctx context.Context) ([]*StatusCount, error) { return h.r.counts(ctx, h.Pool, groupStatus) }),
		"page": func(ctx context.Context, i int) (any, error) {
			return h.r.users(ctx, h.Pool, selectPage, i%900)
		},
		"idin1000": h.users(selectIn, h.in.users),
	}
}

func keys[T any, K any](rows []*T, key func(*T) K) []K {
	out := make([]K, len(rows))
	for i, r := range rows {
		out[i] = key(r)
	}
	return out
}

func index[T any, K comparable](rows []*T, key func(*T) K) map[K]*T {
	out := make(map[K]*T, len(rows))
	for _, r := range rows {
		out[key(r)] = r
	}
	return out
}

func userID(u *User) int64              { return u.ID }
func orderID(o *Order) uuid.UUID        { return o.ID }
func productID(p *Product) uuid.UUID    { return p.ID }
func itemProduct(l *LineItem) uuid.UUID { return l.ProductID }
func reviewProduct(r *Review) uuid.UUID { return r.ProductID }

func joinAddresses(users []*User, rows []*Address) {
	byID := index(users, userID)
	for _, a := range rows {
		u := byID[a.UserID]
		u.Addresses = append(u.Addresses, a)
	}
}

func joinOrders(users []*User, rows []*Order) {
	byID := index(users, userID)
	for _, o := range rows {
		u := byID[o.CustomerID]
		u.Orders = append(u.Orders, o)
	}
}

func joinReviews(users []*User, rows []*Review) {
	byID := index(users, userID)
	for _, r := range rows {
		u := byID[r.UserID]
		u.Reviews = append(u.Reviews, r)
	}
}

func joinItems(orders []*Order, rows []*LineItem) {
	byID := index(orders, orderID)
	for _, l := range rows {
		o := byID[l.OrderID]
		o.LineItems = append(o.LineItems, l)
	}
}

func joinCategories(products []*Product, rows []*link) {
	byID := index(products, productID)
	seen := make(map[uuid.UUID]*Category)
	for _, l := range rows {
		c := seen[l.ID]
		if c == nil {
			c = &l.Category
			seen[l.ID] = c
		}
		p := byID[l.ProductID]
		p.Categories = append(p.Categories, c)
	}
}

func (h *byHand) eager(ops map[string]opFunc) {
	first := func(ctx context.Context, n int) ([]*User, []int64, error) {
		users, err := h.r.users(ctx, h.Pool, selectUsers, n)
		return users, keys(users, userID), err
	}
	users := func(ctx context.Context) ([]*User, []int64, error) { return first(ctx, 20) }
	addresses := func(ctx context.Context, users []*User, ids []int64) error {
		rows, err := h.r.addresses(ctx, h.Pool, addressesOf, ids)
		joinAddresses(users, rows)
		return err
	}
	orders := func(ctx context.Context, users []*User, ids []int64) ([]*Order, error) {
		rows, err := h.r.orders(ctx, h.Pool, ordersOf, ids)
		joinOrders(users, rows)
		return rows, err
	}
	reviews := func(ctx context.Context, users []*User, ids []int64) ([]*Review, error) {
		rows, err := h.r.reviews(ctx, h.Pool, reviewsOf, ids)
		joinReviews(users, rows)
		return rows, err
	}
	items := func(ctx context.Context, orders []*Order) ([]*LineItem, error) {
		rows, err := h.r.items(ctx, h.Pool, itemsOf, keys(orders, orderID))
		joinItems(orders, rows)
		return rows, err
	}
	ops["eager1"] = do(func(ctx context.Context) ([]*User, error) {
		users, ids, err := users(ctx)
		if err != nil {
			return nil, err
		}
		return users, addresses(ctx, users, ids)
	})
	ops["eager1many"] = do(func(ctx context.Context) ([]*User, error) {
		users, ids, err := first(ctx, 500)
		if err != nil {
			return nil, err
		}
		return users, addresses(ctx, users, ids)
	})
	ops["eager3siblings"] = do(func(ctx context.Context) ([]*User, error) {
		users, ids, err := users(ctx)
		if err != nil {
			return nil, err
		}
		if err := addresses(ctx, users, ids); err != nil {
			return nil, err
		}
		if _, err := orders(ctx, users, ids); err != nil {
			return nil, err
		}
		_, err = reviews(ctx, users, ids)
		return users, err
	})
	ops["eagerm2m"] = do(func(ctx context.Context) ([]*Product, error) {
		products, err := h.r.products(ctx, h.Pool, selectProducts, 50)
		if err != nil {
			return nil, err
		}
		rows, err := h.r.categories(ctx, h.Pool, categoriesOf, keys(products, productID))
		joinCategories(products, rows)
		return products, err
	})
	ops["eager3levels"] = do(func(ctx context.Context) ([]*User, error) {
		users, ids, err := users(ctx)
		if err != nil {
			return nil, err
		}
		orders, err := orders(ctx, users, ids)
		if err != nil {
			return nil, err
		}
		_, err = items(ctx, orders)
		return users, err
	})
	ops["eager4levels"] = do(func(ctx context.Context) ([]*User, error) {
		users, ids, err := users(ctx)
		if err != nil {
			return nil, err
		}
		if err := addresses(ctx, users, ids); err != nil {
			return nil, err
		}
		reviews, err := reviews(ctx, users, ids)
		if err != nil {
			return nil, err
		}
		reviewed, err := h.r.products(ctx, h.Pool, productsOf, keys(reviews, reviewProduct))
		if err != nil {
			return nil, err
		}
		byID := index(reviewed, productID)
		for _, r := range reviews {
			r.Product = byID[r.ProductID]
		}
		orders, err := orders(ctx, users, ids)
		if err != nil {
			return nil, err
		}
		items, err := items(ctx, orders)
		if err != nil {
			return nil, err
		}
		bought, err := h.r.products(ctx, h.Pool, productsOf, keys(items, itemProduct))
		byID = index(bought, productID)
		for _, l := range items {
			l.Product = byID[l.ProductID]
		}
		return users, err
	})
}

// inTx is pgx.BeginFunc.
func (h *byHand) inTx(ctx context.Context, f func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, h.Pool, f)
}

func (h *byHand) writes(ops map[string]opFunc) {
	ops["create"] = func(ctx context.Context, i int) (any, error) {
		u := &User{Name: benchName(i), Fullname: ptr("Full Name")}
		return u, h.QueryRow(ctx, insertUser, u.Name, u.Fullname).Scan(&u.ID)
	}
	ops["createm2m"] = exec(func(ctx context.Context, i int) error {
		return h.inTx(ctx, func(tx pgx.Tx) error {
			id := newID()
			if _, err := tx.Exec(ctx, insertProduct, id, time.Now(), h.s.next(), h.in.store); err != nil {
				return err
			}
			c := h.in.pair(0)
			_, err := tx.Exec(ctx, insertLinks, id, c[0], c[1])
			return err
		})
	})
	ops["upsert"] = exec(func(ctx context.Context, i int) error {
		_, err := h.Exec(ctx, upsertStore, newID(), time.Now())
		return err
	})
	ops["updateone"] = do(func(ctx context.Context) (*User, error) {
		u := &User{}
		return u, h.QueryRow(ctx, updateUser, h.in.user).Scan(&u.ID, &u.Name, &u.Fullname, &u.Nickname)
	})
	ops["updatemany"] = exec(func(ctx context.Context, i int) error {
		tag, err := h.Exec(ctx, updateUsers, h.in.users[:50])
		return want(50, tag.RowsAffected(), err)
	})
	ops["updateeach"] = exec(func(ctx context.Context, i int) error {
		return h.inTx(ctx, func(tx pgx.Tx) error {
			for i, id := range h.in.users[:50] {
				if _, err := tx.Exec(ctx, updateEach, id, fmt.Sprint("bench", i)); err != nil {
					return err
				}
			}
			return nil
		})
	})
	ops["updatem2m"] = func(ctx context.Context, i int) (any, error) {
		p, c := &Product{}, h.in.pair(i)
		return p, h.inTx(ctx, func(tx pgx.Tx) error {
			if err := tx.QueryRow(ctx, updateProduct, h.in.product, time.Now()).Scan(p.fields()...); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, deleteLinks, h.in.product); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, insertLinks, h.in.product, c[0], c[1])
			return err
		})
	}
	ops["delete"] = exec(func(ctx context.Context, i int) error {
		tag, err := h.Exec(ctx, deleteUser, newUsers+i)
		return want(1, tag.RowsAffected(), err)
	})
	ops["tx3"] = exec(func(ctx context.Context, i int) error {
		return h.inTx(ctx, func(tx pgx.Tx) error {
			for range 3 {
				if _, err := tx.Exec(ctx, insertStore, newID(), time.Now(), h.s.next()); err != nil {
					return err
				}
			}
			return nil
		})
	})
	h.bulk(ops)
}

func (h *byHand) bulk(ops map[string]opFunc) {
	ops["bulkids"] = do(func(ctx context.Context) ([]*User, error) {
		users := make([]*User, bulkRows)
		names, fullnames := make([]string, bulkRows), make([]string, bulkRows)
		for i := range users {
			users[i] = &User{Name: benchName(i), Fullname: ptr("Full Name")}
			names[i], fullnames[i] = users[i].Name, *users[i].Fullname
		}
		rows, err := h.Query(ctx, unnestUsers, names, fullnames)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		for i := 0; rows.Next(); i++ {
			if err := rows.Scan(&users[i].ID); err != nil {
				return nil, err
			}
		}
		return users, rows.Err()
	})
	ops["bulk"] = exec(func(ctx context.Context, i int) error {
		emails := make([]string, bulkRows)
		for i := range emails {
			emails[i] = benchEmail(i)
		}
		_, err := h.Exec(ctx, unnestAddress, emails, h.in.users[:bulkRows])
		return err
	})
	ops["copy"] = exec(func(ctx context.Context, i int) error {
		n, err := h.CopyFrom(ctx, pgx.Identifier{"address"}, []string{"email_address", "user_id"},
			pgx.CopyFromSlice(copyRows, func(i int) ([]any, error) { return []any{benchEmail(i), h.in.owner(i)}, nil }))
		return want(copyRows, n, err)
	})
}

// fields are the columns of productColumns.
func (p *Product) fields() []any {
	return []any{&p.ID, &p.CreatedAt, &p.UpdatedAt, &p.Sku, &p.Name, &p.Description, &p.PriceCents, &p.Currency, &p.Tags, &p.Attributes, &p.StoreID}
}
