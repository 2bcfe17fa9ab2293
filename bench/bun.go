package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/driver/pgdriver"
)

// openBun is bun over its own driver.
func openBun(ctx context.Context, url string, in *input, s *serial) (*session, error) {
	cfg, err := pgconn.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	network, address := pgconn.NetworkAddress(cfg.Host, cfg.Port)
	sqlDB := sql.OpenDB(pgdriver.NewConnector(pgdriver.WithNetwork(network), pgdriver.WithAddr(address), pgdriver.WithInsecure(true),
		pgdriver.WithUser(cfg.User), pgdriver.WithPassword(cfg.Password), pgdriver.WithDatabase(cfg.Database), pgdriver.WithTimeout(time.Minute)))
	sqlDB.SetMaxIdleConns(4)
	if err := sqlDB.PingContext(ctx); err != nil {
		return nil, err
	}
	db := bun.NewDB(sqlDB, pgdialect.New())
	db.RegisterModel((*ProductCategory)(nil))
	b := &bunOps{db, in, s}
	ops := b.reads()
	b.eager(ops)
	b.writes(ops)
	return &session{ops, func() { _ = db.Close() }}, nil
}

type bunOps struct {
	db *bun.DB
	in *input
	s  *serial
}

// selects runs a query for a slice.
func selects[T any](b *bunOps, query func(*bun.SelectQuery) *bun.SelectQuery) opFunc {
	return do(func(ctx context.Context) (out []*T, err error) {
		return out, query(b.db.NewSelect().Model(&out)).Scan(ctx)
	})
}

func (b *bunOps) reads() map[string]opFunc {
	return map[string]opFunc{
		"get": do(func(ctx context.Context) (*User, error) {
			u := &User{ID: b.in.user}
			return u, b.db.NewSelect().Model(u).WherePK().Scan(ctx)
		}),
		"filter50": selects[User](b, func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("id >= ?", b.in.users[100]).Order("id").Limit(50)
		}),
		"scan1000": selects[User](b, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Order("id").Limit(1000) }),
		"wide200":  selects[Product](b, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Order("id").Limit(200) }),
		"count": do(func(ctx context.Context) (int64, error) {
			return b.db.NewSelect().Model((*Order)(nil)).Where("status = ?", "paid").Count(ctx)
		}),
		"group": do(func(ctx context.Context) (out []StatusCount, err error) {
			return out, b.db.NewSelect().Model((*Order)(nil)).Column("status").ColumnExpr("count(*) AS count").Group("status").Order("status").Scan(ctx, &out)
		}),
		"page": func(ctx context.Context, i int) (any, error) {
			var out []*User
			err := b.db.NewSelect().Model(&out).Order("id").Offset(int64(i % 900)).Limit(50).Scan(ctx)
			return out, err
		},
		"idin1000": selects[User](b, func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("id IN (?)", bun.In(b.in.users)).Order("id")
		}),
	}
}

func (b *bunOps) eager(ops map[string]opFunc) {
	users := func(relations ...string) opFunc {
		return selects[User](b, func(q *bun.SelectQuery) *bun.SelectQuery {
			for _, r := range relations {
				q = q.Relation(r)
			}
			return q.Order("u.id").Limit(20)
		})
	}
	ops["eager1"] = users("Addresses")
	ops["eager1many"] = selects[User](b, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Relation("Addresses").Order("u.id").Limit(500)
	})
	ops["eager3siblings"] = users("Addresses", "Orders", "Reviews")
	ops["eager3levels"] = users("Orders", "Orders.LineItems")
	ops["eager4levels"] = users("Addresses", "Reviews", "Reviews.Product", "Orders", "Orders.LineItems", "Orders.LineItems.Product")
	ops["eagerm2m"] = selects[Product](b, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Relation("Categories").Order("p.id").Limit(50)
	})
}

func (b *bunOps) writes(ops map[string]opFunc) {
	ops["create"] = func(ctx context.Context, i int) (any, error) {
		u := &User{Name: benchName(i), Fullname: ptr("Full Name")}
		_, err := b.db.NewInsert().Model(u).Exec(ctx)
		return u, err
	}
	links := func(p *Product, i int) []*ProductCategory {
		c := b.in.pair(i)
		return []*ProductCategory{{ProductID: p.ID, CategoryID: c[0]}, {ProductID: p.ID, CategoryID: c[1]}}
	}
	ops["createm2m"] = func(ctx context.Context, i int) (any, error) {
		now := time.Now()
		p := &Product{ID: newID(), CreatedAt: now, UpdatedAt: now, Sku: b.s.next(), Name: "bench", PriceCents: 1, Currency: "USD", Tags: []string{}, StoreID: b.in.store}
		return p, b.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.NewInsert().Model(p).Exec(ctx); err != nil {
				return err
			}
			rows := links(p, 0)
			_, err := tx.NewInsert().Model(&rows).Exec(ctx)
			return err
		})
	}
	newStore := func(slug string) *Store {
		now := time.Now()
		return &Store{ID: newID(), CreatedAt: now, UpdatedAt: now, Name: "bench", Slug: slug}
	}
	ops["upsert"] = exec(func(ctx context.Context, i int) error {
		_, err := b.db.NewInsert().Model(newStore("bench")).On("CONFLICT (slug) DO UPDATE").Set("name = EXCLUDED.name").Set("updated_at = EXCLUDED.updated_at").Exec(ctx)
		return err
	})
	ops["updateone"] = do(func(ctx context.Context) (*User, error) {
		u := &User{ID: b.in.user}
		_, err := b.db.NewUpdate().Model(u).Set("nickname = ?", "bench").WherePK().Returning("*").Exec(ctx)
		return u, err
	})
	ops["updatemany"] = exec(func(ctx context.Context, i int) error {
		res, err := b.db.NewUpdate().Model((*User)(nil)).Set("nickname = ?", "bench").Where("id IN (?)", bun.In(b.in.users[:50])).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		return want(50, n, err)
	})
	ops["updateeach"] = exec(func(ctx context.Context, i int) error {
		rows := make([]*User, 50)
		for i := range rows {
			rows[i] = &User{ID: b.in.users[i], Nickname: ptr(fmt.Sprint("bench", i))}
		}
		_, err := b.db.NewUpdate().Model(&rows).Column("nickname").Bulk().Exec(ctx)
		return err
	})
	ops["updatem2m"] = func(ctx context.Context, i int) (any, error) {
		p := &Product{ID: b.in.product}
		return p, b.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.NewUpdate().Model(p).Set("name = ?", "bench").Set("updated_at = ?", time.Now()).WherePK().Returning("*").Exec(ctx); err != nil {
				return err
			}
			if _, err := tx.NewDelete().Model((*ProductCategory)(nil)).Where("product_id = ?", p.ID).Exec(ctx); err != nil {
				return err
			}
			rows := links(p, i)
			_, err := tx.NewInsert().Model(&rows).Exec(ctx)
			return err
		})
	}
	ops["delete"] = exec(func(ctx context.Context, i int) error {
		_, err := b.db.NewDelete().Model(&User{ID: int64(newUsers + i)}).WherePK().Exec(ctx)
		return err
	})
	ops["tx3"] = exec(func(ctx context.Context, i int) error {
		return b.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			for range 3 {
				if _, err := tx.NewInsert().Model(newStore(b.s.next())).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
	})
	ops["bulkids"] = do(func(ctx context.Context) ([]*User, error) {
		users := make([]*User, bulkRows)
		for i := range users {
			users[i] = &User{Name: benchName(i), Fullname: ptr("Full Name")}
		}
		_, err := b.db.NewInsert().Model(&users).Exec(ctx)
		return users, err
	})
	insert := func(n int) opFunc {
		return exec(func(ctx context.Context, i int) error {
			rows := newAddresses(n, b.in)
			_, err := b.db.NewInsert().Model(&rows).Exec(ctx)
			return err
		})
	}
	ops["bulk"], ops["copy"] = insert(bulkRows), insert(copyRows)
}
