package ent_test

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/order"
)

// A queue of jobs: each worker takes what no other has, and holds it until its
// transaction ends.
func ExampleOrderQuery_ForUpdate() {
	ctx := context.Background()
	client, done := openExample()
	defer done()
	store := client.Store.Create().SetName("Tea & Co").SetSlug("tea").SaveX(ctx)
	sandy := client.User.Create().SetName("sandy").SaveX(ctx)
	for range 3 {
		client.Order.Create().SetStore(store).SetCustomer(sandy).ExecX(ctx)
	}
	take := func(ctx context.Context, tx *ent.Client) ([]*ent.Order, error) {
		return tx.Order.Query().
			Where(order.StatusEQ(order.StatusPending)).
			Order(order.ByID()).
			Limit(2).
			ForUpdate(sql.WithLockAction(sql.SkipLocked)).
			All(ctx)
	}
	err := client.InTx(ctx, nil, func(ctx context.Context, first *ent.Client) error {
		jobs, err := take(ctx, first)
		if err != nil {
			return err
		}
		fmt.Println("the first worker takes", len(jobs))
		err = client.InTx(ctx, nil, func(ctx context.Context, second *ent.Client) error {
			rest, err := take(ctx, second)
			if err != nil {
				return err
			}
			fmt.Println("the second worker takes", len(rest))
			return second.Order.UpdateOne(rest[0]).SetStatus(order.StatusPaid).Exec(ctx)
		})
		if err != nil {
			return err
		}
		for _, job := range jobs {
			if err := first.Order.UpdateOne(job).SetStatus(order.StatusPaid).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	fmt.Println(err, client.Order.Query().Where(order.StatusEQ(order.StatusPending)).CountX(ctx))
	// Output:
	// the first worker takes 2
	// the second worker takes 1
	// <nil> 0
}
