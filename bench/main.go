// Command bench measures Espalier against other ways to do the same, in one
// run on one server: that of $DATABASE_URL, or an embedded one. So far it
// measures the seed engine. It exits with 1 where a promise isn't kept.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/espalier-go/espalier/internal/pglocal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	server, err := pglocal.Shared(ctx, pglocal.SharedConfig{})
	if err != nil {
		return err
	}
	defer server.Close()
	return benchSeed(ctx, server.AdminURL(), out)
}
