package ent_test

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/ent/address"
	"github.com/espalier-go/espalier/ent/user"
)

// A page tells where the next begins. Its cursor travels as text, in a link for
// example.
func ExampleUserQuery_Page() {
	ctx := context.Background()
	client, done := openExample()
	defer done()
	for _, name := range []string{"sandy", "patrick", "sandy", "spongebob", "squidward"} {
		client.User.Create().SetName(name).ExecX(ctx)
	}
	query := client.User.Query().Order(user.ByName(sql.OrderDesc())).WithAddresses()

	page, err := query.Page(ctx, ent.PageArgs{Limit: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, u := range page.Nodes {
		fmt.Println(u.Name)
	}
	fmt.Println("more:", page.HasNext)

	cursor, err := ent.ParseCursor(page.End.String())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, u := range query.After(cursor).Limit(3).AllX(ctx) {
		fmt.Println(u.Name)
	}
	_, err = client.User.Query().Order(user.ByFullname()).After(cursor).All(ctx)
	fmt.Println(ent.IsCursorError(err), err)
	// Output:
	// squidward
	// spongebob
	// sandy
	// more: true
	// sandy
	// patrick
	// true neon: cursor: it belongs to another order
}

// Before reads backward: what is nearest to the cursor, in the query's order.
func ExampleUserQuery_Before() {
	ctx := context.Background()
	client, done := openExample()
	defer done()
	for _, name := range []string{"sandy", "patrick", "spongebob", "squidward"} {
		client.User.Create().SetName(name).ExecX(ctx)
	}
	query := client.User.Query().Order(user.ByName())
	cursor, err := query.Cursor("squidward", 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, u := range query.Before(cursor).Limit(2).AllX(ctx) {
		fmt.Println(u.Name)
	}
	// Output:
	// sandy
	// spongebob
}

// The newest address of each user, in one statement.
func ExampleAddressQuery_LimitPerParent() {
	ctx := context.Background()
	client, done := openExample()
	defer done()
	for _, name := range []string{"sandy", "patrick"} {
		u := client.User.Create().SetName(name).SaveX(ctx)
		for _, host := range []string{"old", "new"} {
			client.Address.Create().SetUser(u).SetEmailAddress(name + "@" + host).ExecX(ctx)
		}
	}
	users := client.User.Query().
		Order(user.ByName()).
		WithAddresses(func(q *ent.AddressQuery) {
			q.Order(address.ByID(sql.OrderDesc())).LimitPerParent(1)
		}).
		AllX(ctx)
	for _, u := range users {
		fmt.Println(u.Name, len(u.Edges.Addresses), u.Edges.Addresses[0].EmailAddress)
	}
	// Output:
	// patrick 1 patrick@new
	// sandy 1 sandy@new
}

// Stream holds one user at a time, whatever the number of users is.
func ExampleUserQuery_Stream() {
	ctx := context.Background()
	client, done := openExample()
	defer done()
	for _, name := range []string{"sandy", "patrick", "spongebob"} {
		client.User.Create().SetName(name).ExecX(ctx)
	}
	for u, err := range client.User.Query().Order(user.ByName()).Stream(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(u.Name)
		if u.Name == "sandy" {
			break
		}
	}
	// Output:
	// patrick
	// sandy
}

// ForEach loads users and their addresses a few at a time.
func ExampleUserQuery_ForEach() {
	ctx := context.Background()
	client, done := openExample()
	defer done()
	for _, name := range []string{"sandy", "patrick", "spongebob"} {
		u := client.User.Create().SetName(name).SaveX(ctx)
		client.Address.Create().SetUser(u).SetEmailAddress(name + "@example.com").ExecX(ctx)
	}
	err := client.User.Query().WithAddresses().ForEach(ctx, 2, func(u *ent.User) error {
		fmt.Println(u.Edges.Addresses[0].EmailAddress)
		return nil
	})
	fmt.Println(err)
	// Output:
	// sandy@example.com
	// patrick@example.com
	// spongebob@example.com
	// <nil>
}

// A cursor can be made of values, without a page.
func ExampleUserQuery_After() {
	ctx := context.Background()
	client, done := openExample()
	defer done()
	for _, name := range []string{"sandy", "patrick", "spongebob"} {
		client.User.Create().SetName(name).ExecX(ctx)
	}
	query := client.User.Query().Order(user.ByName())
	cursor, err := query.Cursor("q", 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(query.After(cursor).FirstX(ctx).Name)
	// Output: sandy
}
