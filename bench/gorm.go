package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"
)

func openGorm(ctx context.Context, url string, in *input, s *serial) (*session, error) {
	// PrepareStmt is GORM's advice for speed.
	db, err := gorm.Open(postgres.Open(url), &gorm.Config{
		PrepareStmt: true, Logger: logger.Discard, DisableAutomaticPing: true, NamingStrategy: schema.NamingStrategy{SingularTable: true},
	})
	if err != nil {
		return nil, err
	}
	if err := db.SetupJoinTable(&Product{}, "Categories", &ProductCategory{}); err != nil {
		return nil, err
	}
	sqlDB, err := db.DB()
	if err != nil {
		return nil, err
	}
	sqlDB.SetMaxIdleConns(4)
	if err := sqlDB.PingContext(ctx); err != nil {
		return nil, err
	}
	g := &gormOps{db, in, s}
	ops := g.reads()
	g.eager(ops)
	g.writes(ops)
	return &session{ops, func() { _ = sqlDB.Close() }}, nil
}

type gormOps struct {
	db *gorm.DB
	in *input
	s  *serial
}

// find runs a query for a slice.
func find[T any](g *gormOps, query func(*gorm.DB) *gorm.DB) opFunc {
	return do(func(ctx context.Context) (out []*T, err error) {
		return out, query(g.db.WithContext(ctx)).Find(&out).Error
	})
}

func (g *gormOps) reads() map[string]opFunc {
	return map[string]opFunc{
		"get": do(func(ctx context.Context) (*User, error) {
			u := &User{}
			return u, g.db.WithContext(ctx).Take(u, g.in.user).Error
		}),
		"filter50": find[User](g, func(db *gorm.DB) *gorm.DB {
			return db.Where("id >= ?", g.in.users[100]).Order("id").Limit(50)
		}),
		"scan1000": find[User](g, func(db *gorm.DB) *gorm.DB { return db.Order("id").Limit(1000) }),
		"wide200":  find[Product](g, func(db *gorm.DB) *gorm.DB { return db.Order("id").Limit(200) }),
		"count": do(func(ctx context.Context) (n int64, err error) {
			return n, g.db.WithContext(ctx).Model(&Order{}).Where("status = ?", "paid").Count(&n).Error
		}),
		"group": do(func(ctx context.Context) (out []StatusCount, err error) {
			return out, g.db.WithContext(ctx).Model(&Order{}).Select("status, count(*) AS count").Group("status").Order("status").Find(&out).Error
		}),
		"page": func(ctx context.Context, i int) (any, error) {
			var out []*User
			return out, g.db.WithContext(ctx).Order("id").Offset(i % 900).Limit(50).Find(&out).Error
		},
		"idin1000": find[User](g, func(db *gorm.DB) *gorm.DB { return db.Where("id IN ?", g.in.users).Order("id") }),
	}
}

func (g *gormOps) eager(ops map[string]opFunc) {
	users := func(preload ...string) opFunc {
		return find[User](g, func(db *gorm.DB) *gorm.DB {
			for _, p := range preload {
				db = db.Preload(p)
			}
			return db.Order("id").Limit(20)
		})
	}
	ops["eager1"] = users("Addresses")
	ops["eager1many"] = find[User](g, func(db *gorm.DB) *gorm.DB { return db.Preload("Addresses").Order("id").Limit(500) })
	ops["eager3siblings"] = users("Addresses", "Orders", "Reviews")
	ops["eager3levels"] = users("Orders.LineItems")
	ops["eager4levels"] = users("Addresses", "Reviews.Product", "Orders.LineItems.Product")
	ops["eagerm2m"] = find[Product](g, func(db *gorm.DB) *gorm.DB { return db.Preload("Categories").Order("id").Limit(50) })
}

// refs are categories that exist.
func refs(ids []uuid.UUID) []*Category {
	out := make([]*Category, len(ids))
	for i, id := range ids {
		out[i] = &Category{ID: id}
	}
	return out
}

func (g *gormOps) writes(ops map[string]opFunc) {
	ops["create"] = func(ctx context.Context, i int) (any, error) {
		u := &User{Name: benchName(i), Fullname: ptr("Full Name")}
		return u, g.db.WithContext(ctx).Create(u).Error
	}
	ops["createm2m"] = func(ctx context.Context, i int) (any, error) {
		p := &Product{ID: newID(), Sku: g.s.next(), Name: "bench", PriceCents: 1, Currency: "USD", Tags: []string{}, StoreID: g.in.store, Categories: refs(g.in.pair(0))}
		return p, g.db.WithContext(ctx).Omit("Categories.*").Create(p).Error
	}
	ops["upsert"] = exec(func(ctx context.Context, i int) error {
		return g.db.WithContext(ctx).Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "slug"}}, DoUpdates: clause.AssignmentColumns([]string{"name", "updated_at"}),
		}).Create(&Store{ID: newID(), Name: "bench", Slug: "bench"}).Error
	})
	ops["updateone"] = do(func(ctx context.Context) (*User, error) {
		u := &User{ID: g.in.user}
		return u, g.db.WithContext(ctx).Model(u).Clauses(clause.Returning{}).Update("nickname", "bench").Error
	})
	ops["updatemany"] = exec(func(ctx context.Context, i int) error {
		tx := g.db.WithContext(ctx).Model(&User{}).Where("id IN ?", g.in.users[:50]).Update("nickname", "bench")
		return want(50, tx.RowsAffected, tx.Error)
	})
	ops["updateeach"] = exec(func(ctx context.Context, i int) error {
		return g.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			for i, id := range g.in.users[:50] {
				if err := tx.Model(&User{ID: id}).Update("nickname", fmt.Sprint("bench", i)).Error; err != nil {
					return err
				}
			}
			return nil
		})
	})
	ops["updatem2m"] = func(ctx context.Context, i int) (any, error) {
		p := &Product{ID: g.in.product}
		return p, g.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			if err := tx.Model(p).Clauses(clause.Returning{}).Update("name", "bench").Error; err != nil {
				return err
			}
			return tx.Model(p).Omit("Categories.*").Association("Categories").Replace(refs(g.in.pair(i)))
		})
	}
	ops["delete"] = exec(func(ctx context.Context, i int) error {
		tx := g.db.WithContext(ctx).Delete(&User{}, newUsers+i)
		return want(1, tx.RowsAffected, tx.Error)
	})
	ops["tx3"] = exec(func(ctx context.Context, i int) error {
		return g.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			for range 3 {
				if err := tx.Create(&Store{ID: newID(), Name: "bench", Slug: g.s.next()}).Error; err != nil {
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
		return users, g.db.WithContext(ctx).Create(users).Error
	})
	ops["bulk"] = exec(func(ctx context.Context, i int) error {
		return g.db.WithContext(ctx).Create(newAddresses(bulkRows, g.in)).Error
	})
	ops["copy"] = exec(func(ctx context.Context, i int) error {
		return g.db.WithContext(ctx).CreateInBatches(newAddresses(copyRows, g.in), 5000).Error
	})
}

func newAddresses(n int, in *input) []*Address {
	rows := make([]*Address, n)
	for i := range rows {
		rows[i] = &Address{EmailAddress: benchEmail(i), UserID: in.owner(i)}
	}
	return rows
}
