package pglocal_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/espalier-go/espalier/internal/pglocal"
)

func ExampleStart() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "cluster-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	srv, err := pglocal.Start(ctx, dir, pglocal.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer pglocal.Stop(ctx, dir)
	defer srv.Close()
	conn, err := pgx.Connect(ctx, srv.AdminConnString("postgres"))
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close(ctx)
	var user string
	if err := conn.QueryRow(ctx, "SELECT current_user").Scan(&user); err != nil {
		log.Fatal(err)
	}
	fmt.Println(user)
	// Output: cloud_admin
}

func ExampleShared() {
	ctx := context.Background()
	shared, err := pglocal.Shared(ctx, pglocal.SharedConfig{Linger: 50 * time.Millisecond})
	if err != nil {
		log.Fatal(err)
	}
	defer shared.Close()
	db, err := pglocal.CreateDatabase(ctx, shared.AdminURL(), pglocal.DatabaseOptions{Name: "one_test", FileCopy: true})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(db.Name)
	if err := pglocal.DropDatabase(ctx, shared.AdminURL(), db.Name); err != nil {
		log.Fatal(err)
	}
	// Output: one_test
}

func ExampleFind() {
	in, err := pglocal.Find(context.Background(), pglocal.FindConfig{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(in.Major >= pglocal.MinMajor)
	// Output: true
}

func ExampleInspect() {
	status, err := pglocal.Inspect("no-such-folder")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.Running)
	// Output: false
}

func ExampleCopyTree() {
	dir, err := os.MkdirTemp("", "copy-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	if err := os.MkdirAll(filepath.Join(from, "pg_wal"), 0o700); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(from, "PG_VERSION"), []byte("17\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	done, err := pglocal.CopyTree(context.Background(), from, to, pglocal.CopyOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(done.Files, done.Bytes)
	// Output: 1 3
}
