package pglocal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// endOrphans makes sure that no process of a server without a keeper works on
// data, and removes its stale postmaster.pid. The caller holds start.lock and
// knows that there is no keeper. On Linux such a server is on its way out:
// the kernel sent it SIGQUIT with the keeper's end. Elsewhere it may still serve.
func endOrphans(ctx context.Context, data string) error {
	pidFile := filepath.Join(data, "postmaster.pid")
	if _, err := os.Lstat(pidFile); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	steps := []struct {
		signal syscall.Signal
		wait   time.Duration
	}{
		{0, 1 * time.Second},
		{syscall.SIGINT, 5 * time.Second}, // a fast shutdown, which loses nothing
		{syscall.SIGQUIT, 5 * time.Second},
		{syscall.SIGKILL, 5 * time.Second},
	}
	for _, step := range steps {
		for _, pid := range orphans(data) {
			if step.signal != 0 {
				_ = syscall.Kill(pid, step.signal)
			}
		}
		for end := time.Now().Add(step.wait); time.Now().Before(end); {
			if len(orphans(data)) == 0 {
				if err := os.Remove(pidFile); err != nil && !errors.Is(err, os.ErrNotExist) {
					return err
				}
				return nil
			}
			if err := sleep(ctx, 5*time.Millisecond); err != nil {
				return err
			}
		}
	}
	return withHint(fmt.Errorf("processes of an earlier server don't end: %v", orphans(data)),
		"end them by hand, then start again")
}
