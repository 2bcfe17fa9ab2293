package neon_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

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

func ExampleIsRetryableTx() {
	// A transaction that may run again from its beginning, and does.
	transfer := func(ctx context.Context, client *ent.Client, body func(*ent.Tx) error) error {
		for attempt := 1; ; attempt++ {
			tx, err := client.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
			if err != nil {
				return err
			}
			if err = body(tx); err == nil {
				err = tx.Commit()
			} else {
				_ = tx.Rollback()
			}
			if err == nil || attempt == 3 || !neon.IsRetryableTx(err) {
				return err
			}
		}
	}
	_ = transfer
}

func ExampleDriver_DB() {
	// Raw SQL and tools of database/sql share the driver's connections.
	migrated := func(ctx context.Context, drv *neon.Driver) (n int, err error) {
		err = drv.DB().QueryRowContext(ctx, "SELECT count(*) FROM atlas_schema_revisions.atlas_schema_revisions").Scan(&n)
		return n, err
	}
	_ = migrated
}

func ExampleBatch() {
	// Two statements, one round trip, all or nothing.
	rename := func(ctx context.Context, drv dialect.Driver, id int64, name string) (addresses int, err error) {
		b := &neon.Batch{}
		b.Queue("UPDATE user_account SET name = $1 WHERE id = $2", []any{name, id}, nil)
		b.Queue("SELECT count(*) FROM address WHERE user_id = $1", []any{id}, func(rows *entsql.Rows) (err error) {
			addresses, err = entsql.ScanInt(rows)
			return err
		})
		err = drv.Query(ctx, b.String(), []any{}, b)
		return addresses, err
	}
	_ = rename
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
