//go:build !linux && !darwin

package pglocal

import (
	"errors"

	"golang.org/x/sys/unix"
)

func cloneAt(int, int, string, uint32, *Identity) error { return errors.ErrUnsupported }

func changeTimes(st *unix.Stat_t) (mtime, ctime unix.Timespec) { return st.Mtim, st.Ctim }
