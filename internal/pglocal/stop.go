package pglocal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// stopGrace is how long Stop waits for a clean end before it insists.
const stopGrace = 90 * time.Second

// Stop stops the server of dir, whoever uses it, and waits until it is gone.
// It returns nil when none runs, also when dir doesn't exist.
func Stop(ctx context.Context, dir string) error {
	if err := stop(ctx, dir); err != nil {
		return fmt.Errorf("stop Postgres in %s: %w", dir, err)
	}
	return nil
}

func stop(ctx context.Context, dir string) error {
	dir, err := resolve(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	c := cluster{dir}
	if _, err := os.Lstat(c.path("start.lock")); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	lock, err := takeLock(ctx, c.path("start.lock"))
	if err != nil {
		return err
	}
	defer lock.Close()
	var told int
	for began := time.Now(); ; {
		busy, err := c.keeperAlive()
		if err != nil {
			return err
		}
		if !busy {
			return c.clean(ctx)
		}
		// Without a state it is stopping already, or about to be ready.
		if st, err := c.readState(); err == nil && st.KeeperPID != told {
			told = st.KeeperPID
			if err := syscall.Kill(told, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
				return withHint(fmt.Errorf("signal the keeper: %w", err), "run this as the user who started the server")
			}
		}
		if told != 0 && time.Since(began) > stopGrace {
			_ = syscall.Kill(told, syscall.SIGKILL)
		}
		if err := sleep(ctx, 3*time.Millisecond); err != nil {
			return err
		}
	}
}
