package migration_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/espalier-go/espalier/migrate"
	"github.com/espalier-go/espalier/migration"
)

// A server brings its own database up to date when it starts.
func ExampleApply() {
	res, err := migration.Apply(context.Background(), os.Getenv("DATABASE_URL_UNPOOLED"), migrate.FS, &migration.ApplyConfig{
		Wait: time.Minute, // for the other instances that start now
		Progress: func(e migration.Event) {
			if e.Kind == migration.EventFileDone {
				log.Printf("%s in %s", e.File.Name, e.Duration)
			}
		},
	})
	var partial *migration.PartialError
	if errors.As(err, &partial) {
		log.Fatalf("%v\n%s\n%s", err, partial.Stmt, partial.Hint())
	}
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("from %q to %q", res.From, res.To)
}

func ExampleStatus() {
	rep, err := migration.Status(context.Background(), os.Getenv("DATABASE_URL_UNPOOLED"), migrate.FS, nil)
	if err != nil {
		log.Fatal(err)
	}
	if !rep.UpToDate() {
		log.Printf("at %q, %d files to go, next %s", rep.Current, len(rep.Pending), rep.Next)
	}
}

// The next migration from the project's desired state, with throw-away
// databases on a local server.
func ExampleDiff() {
	p, err := migration.LoadProject("atlas.hcl", "local", nil)
	if err != nil {
		log.Fatal(err)
	}
	desired, err := p.State()
	if err != nil {
		log.Fatal(err)
	}
	files, err := migration.Diff(context.Background(), p.Dir, "add_nickname", desired, migration.OnServer(p.DevURL),
		&migration.DiffConfig{Policy: p.Policy, Concurrent: p.Concurrent, RevisionsSchema: p.RevisionsSchema})
	if errors.Is(err, migration.ErrNoChanges) {
		log.Print("nothing to do")
		return
	}
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		log.Print(f.SQL)
	}
}

func ExampleOnServer() {
	url, drop, err := migration.OnServer("postgres://me@localhost/postgres")(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	defer drop(context.Background())
	log.Print(url)
}

// A file by hand, edited, and checked.
func ExampleNew() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	noon := func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
	f, err := migration.New(dir, "add_view", &migration.NewConfig{Now: noon})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Name)

	if err := os.WriteFile(filepath.Join(dir, f.Name), []byte("CREATE VIEW one AS SELECT 1;\n"), 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Println(migration.Validate(os.DirFS(dir)))
	fmt.Println(migration.Hash(dir))
	fmt.Println(migration.Validate(os.DirFS(dir)))
	// Output:
	// 20260301120000_add_view.sql
	// checksum mismatch: 20260301120000_add_view.sql was edited (atlas.sum line 2)
	// <nil>
	// <nil>
}

func ExampleLoadProject() {
	p, err := migration.LoadProject("../atlas.hcl", "neon", &migration.ProjectConfig{
		Getenv: func(key string) string { return "value of " + key },
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.URL)
	fmt.Println(filepath.Base(p.Dir), filepath.Base(p.Src[0]), p.RevisionsSchema)
	// Output:
	// value of DATABASE_URL_UNPOOLED
	// migrate schema.sql atlas_schema_revisions
}
