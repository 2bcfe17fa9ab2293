package main

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/espalier-go/espalier/bench/stockent"
	stockuser "github.com/espalier-go/espalier/bench/stockent/user"
	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/mixin"
	"github.com/espalier-go/espalier/neon"
)

func newID() uuid.UUID { return mixin.NewID() }

func openEspalier(ctx context.Context, url string, in *input, s *serial) (*session, error) {
	drv, err := neon.Open(ctx, url, nil)
	if err != nil {
		return nil, err
	}
	if err := drv.Ping(ctx); err != nil {
		return nil, err
	}
	client := ent.NewClient(ent.Driver(drv))
	ops := espalierOps(client, in, s)
	ops["updateeach"] = exec(func(ctx context.Context, i int) error {
		return client.User.MapUpdateBulk(ints(in.users[:50]), func(u *ent.UserUpdateOne, i int) {
			u.SetNickname(fmt.Sprint("bench", i))
		}).Exec(ctx)
	})
	ops["copy"] = exec(func(ctx context.Context, i int) error {
		n, err := client.Address.CopyFrom(ctx, func(yield func(*ent.AddressCreate) bool) {
			for i := range copyRows {
				if !yield(client.Address.Create().SetEmailAddress(benchEmail(i)).SetUserID(int(in.owner(i)))) {
					return
				}
			}
		})
		return want(copyRows, int64(n), err)
	})
	return &session{ops, func() { _ = drv.Close() }}, nil
}

func openStock(ctx context.Context, url string, in *input, s *serial) (*session, error) {
	pool, err := openPool(ctx, url)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(pool)
	if err := db.PingContext(ctx); err != nil {
		return nil, err
	}
	client := stockent.NewClient(stockent.Driver(entsql.OpenDB(dialect.Postgres, db)))
	ops := stockOps(client, in, s)
	ops["updateeach"] = exec(func(ctx context.Context, i int) error {
		tx, err := client.Tx(ctx)
		if err != nil {
			return err
		}
		for i, id := range in.users[:50] {
			if err := tx.User.Update().Where(stockuser.ID(int(id))).SetNickname(fmt.Sprint("bench", i)).Exec(ctx); err != nil {
				_ = tx.Rollback()
				return err
			}
		}
		return tx.Commit()
	})
	ops["copy"] = exec(func(ctx context.Context, i int) error {
		return client.Address.MapCreateBulk(make([]struct{}, copyRows), func(c *stockent.AddressCreate, i int) {
			c.SetEmailAddress(benchEmail(i)).SetUserID(int(in.owner(i)))
		}).Exec(ctx)
	})
	return &session{ops, func() { _ = db.Close(); pool.Close() }}, nil
}

func openPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = 4
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return pool, pool.Ping(ctx)
}
