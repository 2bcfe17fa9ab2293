//go:build !linux

package pglocal

import (
	"os"

	"golang.org/x/sys/unix"
)

// holders is 1 when anybody holds a lock on the file.
func holders(path string) int {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	l := fileLock{f}
	defer l.Close()
	if free, err := l.try(unix.LOCK_EX); free || err != nil {
		return 0
	}
	return 1
}
