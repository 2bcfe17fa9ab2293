package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// run shows every step and returns the exit code.
func run(ctx context.Context, stdout, stderr io.Writer) int {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go watchParent(ctx, cancel)

	began := time.Now()
	d, err := newDemo(stdout, stderr)
	if err == nil {
		err = errors.Join(d.show(ctx), d.close())
	}
	switch {
	case ctx.Err() != nil:
		fmt.Fprintf(stderr, "demo: stopped: %v; nothing is left running\n", context.Cause(ctx))
		return 130
	case err != nil:
		fmt.Fprintf(stderr, "demo: error: %v\n", err)
		var h interface{ Hint() string }
		if errors.As(err, &h) && h.Hint() != "" {
			fmt.Fprintf(stderr, "demo: hint: %s\n", h.Hint())
		}
		return 1
	}
	fmt.Fprintf(stdout, "\nAll %d steps in %s. Nothing is left running. Next: README.md.\n", d.n, round(time.Since(began)))
	return 0
}

var errParentGone = errors.New("its parent is gone")

// watchParent cancels when make is killed, so that the databases don't outlive
// the terminal they were shown in.
func watchParent(ctx context.Context, cancel context.CancelCauseFunc) {
	parent := os.Getppid()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if os.Getppid() != parent {
				cancel(errParentGone)
				return
			}
		}
	}
}

func round(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(10 * time.Millisecond)
}
