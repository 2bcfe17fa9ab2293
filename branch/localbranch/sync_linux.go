package localbranch

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncTree brings what was written below dir to the disk.
func syncTree(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(unix.Syncfs(int(f.Fd())), f.Close())
}
