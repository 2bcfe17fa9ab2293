package ent_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neon/dialect/sql/sqlgraph"
)

// Each user gets a nickname of its own, in one statement and one round trip.
func ExampleUserClient_MapUpdateBulk() {
	ctx := context.Background()
	client, done := openExample()
	defer done()

	client.User.CreateBulk(client.User.Create().SetName("sandy"), client.User.Create().SetName("patrick")).ExecX(ctx)
	ids := client.User.Query().Order(ent.Asc("id")).IDsX(ctx)
	nicknames := []string{"Squirrel", "Pinhead"}
	for _, u := range client.User.MapUpdateBulk(ids, func(u *ent.UserUpdateOne, i int) { u.SetNickname(nicknames[i]) }).SaveX(ctx) {
		fmt.Println(u.Name, *u.Nickname)
	}
	// Output:
	// sandy Squirrel
	// patrick Pinhead
}

// All or none: one of the users doesn't exist.
func ExampleUserClient_UpdateBulk() {
	ctx := context.Background()
	client, done := openExample()
	defer done()

	sandy := client.User.Create().SetName("sandy").SaveX(ctx)
	err := client.User.UpdateBulk(
		client.User.UpdateOne(sandy).SetNickname("Squirrel"),
		client.User.UpdateOneID(sandy.ID+1).SetFullname("Nobody"),
	).Exec(ctx)
	var missing *sqlgraph.MissingError
	fmt.Println(ent.IsNotFound(err), errors.As(err, &missing) && missing.IDs[0] == sandy.ID+1)
	fmt.Println(client.User.GetX(ctx, sandy.ID).Nickname)
	// Output:
	// true true
	// <nil>
}

// Opened again, a store is renamed: the upsert tells, and returns what there is.
func ExampleStoreUpsertOne_Row() {
	ctx := context.Background()
	client, done := openExample()
	defer done()

	for _, name := range []string{"Tea", "Tea & Co"} {
		row, err := client.Store.Create().SetName(name).SetSlug("tea").OnConflictColumns("slug").UpdateName().Row(ctx)
		fmt.Println(row.Node.Name, row.Inserted, err)
	}
	// Output:
	// Tea true <nil>
	// Tea & Co false <nil>
}

// Of two stores one is there already, and is left as it is.
func ExampleStoreUpsertBulk_Rows() {
	ctx := context.Background()
	client, done := openExample()
	defer done()

	client.Store.Create().SetName("Tea").SetSlug("tea").ExecX(ctx)
	slugs := []string{"tea", "cups"}
	rows, err := client.Store.MapCreateBulk(slugs, func(s *ent.StoreCreate, i int) { s.SetName("New").SetSlug(slugs[i]) }).
		OnConflictColumns("slug").DoNothing().Rows(ctx)
	fmt.Println(rows[0].Node == nil, rows[1].Inserted, err)
	// Output: true true <nil>
}

// A file of names becomes users: one COPY, whatever its size.
func ExampleUserClient_CopyFrom() {
	ctx := context.Background()
	client, done := openExample()
	defer done()

	file := "sandy\npatrick\nspongebob\n"
	var builders iter.Seq[*ent.UserCreate] = func(yield func(*ent.UserCreate) bool) {
		for line := range strings.Lines(file) {
			if !yield(client.User.Create().SetName(strings.TrimSpace(line))) {
				return
			}
		}
	}
	n, err := client.User.CopyFrom(ctx, builders)
	fmt.Println(n, err, client.User.Query().CountX(ctx))
	// Output: 3 <nil> 3
}

// When the source fails nothing is stored.
func ExampleUserClient_TryCopyFrom() {
	ctx := context.Background()
	client, done := openExample()
	defer done()

	n, err := client.User.TryCopyFrom(ctx, func(yield func(*ent.UserCreate, error) bool) {
		if yield(client.User.Create().SetName("sandy"), nil) {
			yield(nil, errors.New("the file ends too early"))
		}
	})
	fmt.Println(n, err, client.User.Query().CountX(ctx))
	// Output: 0 the file ends too early 0
}

// Ten creates and their transaction in one round trip, at COMMIT.
func ExampleClient_InTx_deferred() {
	ctx := context.Background()
	client, done := openExample()
	defer done()

	err := client.InTx(neon.Defer(ctx), nil, func(ctx context.Context, tx *ent.Client) error {
		store := tx.Store.Create().SetName("Tea").SetSlug("tea").SaveX(ctx)
		for i := range 9 {
			tx.Product.Create().SetStore(store).SetSku(fmt.Sprint(i)).SetName("Cup").SetPriceCents(450).ExecX(ctx)
		}
		return nil
	})
	fmt.Println(err, client.Product.Query().CountX(ctx))
	// Output: <nil> 9
}
