package pglocal

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// cloneFile makes path a clone of in (APFS).
func cloneFile(in *os.File, path string, mode fs.FileMode) error {
	return unix.Clonefile(in.Name(), path, unix.CLONE_NOFOLLOW)
}
