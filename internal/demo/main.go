// Command demo shows the main job of Espalier on a real Postgres, step by step:
// `make demo` runs it. It works in a throw-away project folder with a copy of
// this repository's migrations, and leaves nothing running.
//
// The steps run the very commands they print, in this process, so that killing
// it stops the databases too.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	os.Exit(run(ctx, os.Stdout, os.Stderr))
}
