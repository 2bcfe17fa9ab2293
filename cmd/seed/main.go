// Command seed fills the shop's tables with rows that are the same on every
// machine. Run it with --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/espalier-go/espalier/internal/shop"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills
	os.Exit(shop.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
