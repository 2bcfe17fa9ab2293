package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/order"
	"github.com/espalier-go/espalier/ent/review"
	"github.com/espalier-go/espalier/ent/store"
	"github.com/espalier-go/espalier/ent/user"
	"github.com/espalier-go/espalier/neon"
)

// graph shows the generated client on the branch main.
func (d *demo) graph(ctx context.Context) error {
	p, err := localbranch.Open(ctx, d.dir, localbranch.Config{})
	if err != nil {
		return err
	}
	defer p.Close()
	ep, err := p.Endpoint(ctx, "main")
	if err != nil {
		return err
	}
	drv, err := neon.Open(ctx, ep.URL, nil)
	if err != nil {
		return err
	}
	client := ent.NewClient(ent.Driver(drv))
	defer client.Close()
	for _, s := range []struct {
		title, code string
		do          func(io.Writer) error
	}{
		{"Traverse three edges: store -> products -> reviews -> users", traverseCode, traverse(ctx, client)},
		{"Aggregate: orders by status", aggregateCode, aggregate(ctx, client)},
		{"Load a graph eagerly: a user, the addresses, the orders, their line items and products", eagerCode, eager(ctx, client)},
		{"Roll a transaction back", rollbackCode, rollback(ctx, client)},
	} {
		if err := d.step(s.title, s.code, s.do); err != nil {
			return err
		}
	}
	return nil
}

const traverseCode = `client.Store.Query().Where(store.ID(s.ID)).QueryProducts().QueryReviews().Where(review.Rating(5)).QueryUser().Order(ent.Asc(user.FieldID)).Limit(3).All(ctx)`

func traverse(ctx context.Context, client *ent.Client) func(io.Writer) error {
	return func(out io.Writer) error {
		s, err := client.Store.Query().Order(ent.Asc(store.FieldSlug)).First(ctx)
		if err != nil {
			return err
		}
		fans, err := client.Store.Query().Where(store.ID(s.ID)).QueryProducts().QueryReviews().
			Where(review.Rating(5)).QueryUser().Order(ent.Asc(user.FieldID)).Limit(3).All(ctx)
		if err != nil {
			return err
		}
		for _, u := range fans {
			fmt.Fprintf(out, "%s gave five stars to something of %s\n", fullname(u), s.Name)
		}
		return nil
	}
}

const aggregateCode = `client.Order.Query().GroupBy(order.FieldStatus).Aggregate(ent.As(ent.Count(), "n")).Scan(ctx, &rows)`

func aggregate(ctx context.Context, client *ent.Client) func(io.Writer) error {
	return func(out io.Writer) error {
		var rows []struct {
			Status string `json:"status"`
			N      int    `json:"n"`
		}
		err := client.Order.Query().GroupBy(order.FieldStatus).Aggregate(ent.As(ent.Count(), "n")).Scan(ctx, &rows)
		for _, r := range rows {
			fmt.Fprintf(out, "%-10s %6d\n", r.Status, r.N)
		}
		return err
	}
}

const eagerCode = `client.User.Query().Where(user.HasOrders(), user.HasAddresses()).WithAddresses().WithOrders(func(q *ent.OrderQuery) { q.WithLineItems(func(q *ent.LineItemQuery) { q.WithProduct() }) }).Order(ent.Asc(user.FieldID)).First(ctx)`

func eager(ctx context.Context, client *ent.Client) func(io.Writer) error {
	return func(out io.Writer) error {
		u, err := client.User.Query().
			Where(user.HasOrders(), user.HasAddresses()).
			WithAddresses().
			WithOrders(func(q *ent.OrderQuery) {
				q.Order(ent.Asc(order.FieldPlacedAt))
				q.WithLineItems(func(q *ent.LineItemQuery) { q.WithProduct() })
			}).
			Order(ent.Asc(user.FieldID)).First(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s, %d addresses, %d orders\n", fullname(u), len(u.Edges.Addresses), len(u.Edges.Orders))
		for _, o := range u.Edges.Orders[:min(2, len(u.Edges.Orders))] {
			for _, li := range o.Edges.LineItems {
				fmt.Fprintf(out, "  %s  %d x %s at %d.%02d %s\n", o.PlacedAt.Format("2006-01-02"), li.Quantity,
					li.Edges.Product.Name, li.UnitPriceCents/100, li.UnitPriceCents%100, o.Currency)
			}
		}
		return nil
	}
}

const rollbackCode = `tx, _ := client.Tx(ctx); tx.User.Create().SetName("squirrel").Save(ctx); tx.Rollback()`

func rollback(ctx context.Context, client *ent.Client) func(io.Writer) error {
	return func(out io.Writer) error {
		before, err := client.User.Query().Count(ctx)
		if err != nil {
			return err
		}
		tx, err := client.Tx(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.User.Create().SetName("squirrel").SetFullname("Sandy Squirrel").Save(ctx); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		inside, err := tx.User.Query().Count(ctx)
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if err := tx.Rollback(); err != nil {
			return err
		}
		after, err := client.User.Query().Count(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "users: %d before, %d inside the transaction, %d after the rollback\n", before, inside, after)
		if inside != before+1 || after != before {
			return errors.New("the rollback did not hold")
		}
		return nil
	}
}

// fullname is optional, the account's name is not.
func fullname(u *ent.User) string {
	if u.Fullname != nil {
		return *u.Fullname
	}
	return u.Name
}

// columns names the columns of a table on a branch.
func columns(ctx context.Context, p branch.Provider, name, table string) ([]string, error) {
	ep, err := p.Endpoint(ctx, name)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, ep.URL)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, `SELECT column_name FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position`, table)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
