package localbranch_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
)

// A project with a branch beside main, from nothing to nothing.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "project-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	p, err := localbranch.Open(ctx, dir, localbranch.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	root, err := p.Init(ctx)
	if err != nil {
		log.Fatal(err)
	}
	dev, created, err := branch.Ensure(ctx, p, "dev", branch.CreateOptions{Parent: root.Name})
	if err != nil {
		log.Fatal(err)
	}
	ep, err := p.Endpoint(ctx, dev.Name)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(root.Name, dev.Name, created, ep.Host, ep.Database, ep.Role)
	if _, err := p.Down(ctx); err != nil {
		log.Fatal(err)
	}
	// Output: main dev true 127.0.0.1 neondb neondb_owner
}
