package neon_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/neon"
)

func ExampleOpen() {
	ctx := context.Background()
	drv, err := neon.Open(ctx, os.Getenv("DATABASE_URL"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer drv.Close()
	client := ent.NewClient(ent.Driver(drv))
	n, err := client.User.Query().Count(ctx)
	switch {
	case neon.IsRetryableConnect(err):
		fmt.Println("the database is waking or restarting")
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println(n, "users")
	}
}

func ExampleParseURL() {
	u, err := neon.ParseURL("postgresql://alex:secret@ep-cool-darkness-a1b2c3d4-pooler.us-east-2.aws.neon.tech/neondb")
	fmt.Println(u.Endpoint, u.Pooled, err)
	fmt.Println(u)
	_, err = neon.ParseURL("mysql://alex:secret@db/shop")
	fmt.Println(err)
	var hint interface{ Hint() string }
	fmt.Println(errors.As(err, &hint))
	// Output:
	// ep-cool-darkness-a1b2c3d4 true <nil>
	// postgresql://alex@ep-cool-darkness-a1b2c3d4-pooler.us-east-2.aws.neon.tech:5432/neondb
	// neon: invalid database URL: the scheme is not postgresql
	// true
}

func ExampleIsUnknownCommit() {
	save := func(ctx context.Context, client *ent.Client, name string) error {
		err := client.User.Create().SetName(name).Exec(ctx)
		if neon.IsUnknownCommit(err) {
			// The connection was lost: the user is there once or not at all.
			return fmt.Errorf("look for %s before trying again: %w", name, err)
		}
		return err
	}
	_ = save
}
