package ent_test

import (
	"context"
	"fmt"
	"log"

	"entgo.io/ent/dialect/sql"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/address"
	"github.com/espalier-go/espalier/ent/product"
	"github.com/espalier-go/espalier/ent/review"
	"github.com/espalier-go/espalier/ent/user"
)

// The first steps of the SQLAlchemy tutorial: users with addresses, then a
// question along the edge between them.
func Example_tutorial() {
	ctx := context.Background()
	client, done := openExample()
	defer done()

	spongebob := client.User.Create().SetName("spongebob").SetFullname("Spongebob Squarepants").SaveX(ctx)
	sandy := client.User.Create().SetName("sandy").SetFullname("Sandy Cheeks").SaveX(ctx)
	client.User.Create().SetName("patrick").SetFullname("Patrick Star").SaveX(ctx)
	client.Address.CreateBulk(
		client.Address.Create().SetUser(spongebob).SetEmailAddress("spongebob@example.com"),
		client.Address.Create().SetUser(sandy).SetEmailAddress("sandy@example.com"),
		client.Address.Create().SetUser(sandy).SetEmailAddress("sandy@squirrelpower.example"),
	).SaveX(ctx)

	owner := client.User.Query().
		Where(user.HasAddressesWith(address.EmailAddress("sandy@squirrelpower.example"))).
		OnlyX(ctx)
	fmt.Println(owner.Name, *owner.Fullname)

	users := client.User.Query().
		Where(user.NameIn("spongebob", "sandy")).
		Order(user.ByName()).
		WithAddresses(func(q *ent.AddressQuery) { q.Order(address.ByID()) }).
		AllX(ctx)
	for _, u := range users {
		for _, a := range u.Edges.Addresses {
			fmt.Println(u.Name, a.EmailAddress)
		}
	}

	client.User.UpdateOne(owner).SetNickname("Squirrel").ExecX(ctx)
	client.User.DeleteOne(spongebob).ExecX(ctx)
	fmt.Println(client.User.Query().CountX(ctx), client.Address.Query().CountX(ctx))
	// Output:
	// sandy Sandy Cheeks
	// sandy sandy@example.com
	// sandy sandy@squirrelpower.example
	// spongebob spongebob@example.com
	// 2 2
}

// A transaction that fails half-way leaves nothing behind.
func ExampleClient_Tx() {
	ctx := context.Background()
	client, done := openExample()
	defer done()

	open := func(slug, currency string) error {
		tx, err := client.Tx(ctx)
		if err != nil {
			return err
		}
		defer tx.Rollback() // does nothing after Commit
		store, err := tx.Store.Create().SetName("Store " + slug).SetSlug(slug).Save(ctx)
		if err != nil {
			return err
		}
		err = tx.Product.Create().SetStore(store).SetSku("1").SetName("Tea").
			SetPriceCents(450).SetCurrency(currency).Exec(ctx)
		if err != nil {
			return err
		}
		return tx.Commit()
	}
	fmt.Println(ent.IsValidationError(open("first", "euro")), client.Store.Query().CountX(ctx))
	fmt.Println(open("second", "EUR"), client.Store.Query().CountX(ctx))
	// Output:
	// true 0
	// <nil> 1
}

// Traversal, aggregate and upsert on the shop's graph.
func ExampleClient() {
	ctx := context.Background()
	client, done := openExample()
	defer done()

	store := client.Store.Create().SetName("Tea & Co").SetSlug("tea").SaveX(ctx)
	drinks := client.Category.Create().SetStore(store).SetName("Drinks").SetSlug("drinks").SaveX(ctx)
	tea := client.Product.Create().SetStore(store).SetSku("T1").SetName("Tea").SetPriceCents(450).
		AddCategories(drinks).SaveX(ctx)
	sandy := client.User.Create().SetName("sandy").SaveX(ctx)
	order := client.Order.Create().SetStore(store).SetCustomer(sandy).SaveX(ctx)
	client.LineItem.Create().SetOrder(order).SetProduct(tea).SetQuantity(2).SetUnitPriceCents(450).ExecX(ctx)

	// What categories did sandy buy from?
	for _, c := range sandy.QueryOrders().QueryProducts().QueryCategories().AllX(ctx) {
		fmt.Println(c.Name)
	}

	// Rated again, the review changes: one per user and product.
	for _, rating := range []int{3, 5} {
		err := client.Review.Create().SetUser(sandy).SetProduct(tea).SetRating(rating).
			OnConflictColumns(review.FieldUserID, review.FieldProductID).
			UpdateRating().
			Exec(ctx)
		if err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(client.Review.Query().Aggregate(ent.Mean(review.FieldRating)).Float64X(ctx))

	most := client.Product.Query().
		Order(product.ByReviewsCount(sql.OrderDesc())).
		FirstX(ctx)
	fmt.Println(most.Name)
	// Output:
	// Drinks
	// 5
	// Tea
}
