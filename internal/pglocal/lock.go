package pglocal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// fileLock is an flock. The kernel releases it when the last process that has
// the file open is gone, however it went.
type fileLock struct{ f *os.File }

// openLock opens or makes the lock file at path without locking it.
func openLock(path string) (*fileLock, error) {
	f, err := createOwned(path, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	return &fileLock{f}, nil
}

// takeLock opens the file at path and locks it exclusively.
func takeLock(ctx context.Context, path string) (*fileLock, error) {
	for {
		l, err := openLock(path)
		if err != nil {
			return nil, err
		}
		if err := l.wait(ctx, unix.LOCK_EX); err != nil {
			l.Close()
			return nil, err
		}
		if l.isAt(path) {
			return l, nil
		}
		l.Close()
	}
}

// try locks without waiting and tells whether it got the lock.
func (l *fileLock) try(how int) (bool, error) {
	for {
		err := unix.Flock(int(l.f.Fd()), how|unix.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, unix.EINTR):
			return false, fmt.Errorf("lock %s: %w", l.f.Name(), err)
		}
	}
}

// wait polls, because a blocked flock can't be called off.
func (l *fileLock) wait(ctx context.Context, how int) error {
	for pause := time.Millisecond; ; pause = min(2*pause, 16*time.Millisecond) {
		ok, err := l.try(how)
		if ok || err != nil {
			return err
		}
		if err := sleep(ctx, pause); err != nil {
			return fmt.Errorf("wait for %s: %w", l.f.Name(), err)
		}
	}
}

// block waits for the lock without polling and without end.
func (l *fileLock) block(how int) error {
	for {
		err := unix.Flock(int(l.f.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func (l *fileLock) unlock() error { return unix.Flock(int(l.f.Fd()), unix.LOCK_UN) }

// isAt tells whether path still names the locked file: another process may
// have removed the folder in the meantime.
func (l *fileLock) isAt(path string) bool {
	there, err := os.Lstat(path)
	if err != nil {
		return false
	}
	here, err := l.f.Stat()
	return err == nil && os.SameFile(here, there)
}

// Close releases the lock, unless another process has the same open file.
func (l *fileLock) Close() error { return l.f.Close() }

// heldElsewhere tells whether another open file holds the lock at path
// exclusively. It makes nothing.
func heldElsewhere(path string) (bool, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	l := fileLock{f}
	defer l.Close()
	free, err := l.try(unix.LOCK_SH)
	return !free && err == nil, err
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
