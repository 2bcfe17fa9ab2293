package main

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
)

// openSqlc does what the code that sqlc generates for pgx does: rows are scanned
// in a loop into the fields. Its statements are those of pgx by hand.
func openSqlc(ctx context.Context, url string, in *input, s *serial) (*session, error) {
	return openByHand(ctx, url, in, s, readers{
		many(func(u *User) []any { return []any{&u.ID, &u.Name, &u.Fullname, &u.Nickname} }),
		many(func(a *Address) []any { return []any{&a.ID, &a.EmailAddress, &a.UserID} }),
		many(func(o *Order) []any {
			return []any{&o.ID, &o.CreatedAt, &o.UpdatedAt, &o.Status, &o.Currency, &o.PlacedAt, &o.StoreID, &o.CustomerID}
		}),
		many(func(l *LineItem) []any {
			return []any{&l.ID, &l.CreatedAt, &l.UpdatedAt, &l.Quantity, &l.UnitPriceCents, &l.OrderID, &l.ProductID}
		}),
		many((*Product).fields),
		many(func(r *Review) []any {
			return []any{&r.ID, &r.CreatedAt, &r.UpdatedAt, &r.Rating, &r.Text, &r.ProductID, &r.UserID}
		}),
		many(func(l *link) []any {
			return []any{&l.ProductID, &l.ID, &l.CreatedAt, &l.UpdatedAt, &l.Name, &l.Slug, &l.ParentID, &l.StoreID}
		}),
		many(func(c *StatusCount) []any { return []any{&c.Status, &c.Count} }),
	})
}

// many is a query annotated with ":many".
func many[T any](fields func(*T) []any) func(context.Context, *pgxpool.Pool, string, ...any) ([]*T, error) {
	return func(ctx context.Context, db *pgxpool.Pool, text string, args ...any) ([]*T, error) {
		rows, err := db.Query(ctx, text, args...)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		items := []*T{}
		for rows.Next() {
			i := new(T)
			if err := rows.Scan(fields(i)...); err != nil {
				return nil, err
			}
			items = append(items, i)
		}
		return items, rows.Err()
	}
}
