package pglocal

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// cloneFile makes path a reflink of in (FICLONE).
func cloneFile(in *os.File, path string, mode fs.FileMode) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	return errors.Join(unix.IoctlFileClone(int(out.Fd()), int(in.Fd())), out.Close())
}
