package localbranch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// shared and exclusive are how a lock is taken.
const (
	shared    = unix.LOCK_SH
	exclusive = unix.LOCK_EX
)

// lock is an flock on a file of its own. The kernel gives it up when its
// process ends, however it ends.
type lock struct{ f *os.File }

// tryLock takes the lock at path, or returns nil when another has it.
func tryLock(path string, how int) (*lock, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
		if err != nil {
			return nil, err
		}
		err = flock(f, how)
		if err == nil && !isAt(f, path) {
			// Removed with its branch between open and lock: take the new one.
			f.Close()
			continue
		}
		if err == nil {
			return &lock{f}, nil
		}
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, nil
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
}

func flock(f *os.File, how int) error {
	for {
		err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func isAt(f *os.File, path string) bool {
	there, err := os.Lstat(path)
	if err != nil {
		return false
	}
	here, err := f.Stat()
	return err == nil && os.SameFile(here, there)
}

// wanted is a lock to take.
type wanted struct {
	path string
	how  int
}

// takeLocks takes all locks or, while one of them is busy, none, so that two
// operations on the same branches never wait for each other. It polls: a
// blocked flock can't be called off.
func takeLocks(ctx context.Context, want ...wanted) (unlock func(), err error) {
	for pause := time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		held, err := tryAll(want)
		if err != nil {
			return nil, err
		}
		if held != nil {
			return func() { release(held) }, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for another operation on the branch: %w", context.Cause(ctx))
		case <-time.After(pause):
		}
	}
}

func tryAll(want []wanted) ([]*lock, error) {
	held := make([]*lock, 0, len(want))
	for _, w := range want {
		l, err := tryLock(w.path, w.how)
		if l == nil || err != nil {
			release(held)
			return nil, err
		}
		held = append(held, l)
	}
	return held, nil
}

func release(held []*lock) {
	for _, l := range held {
		l.f.Close()
	}
}
