package pglocal

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncFileSystem brings everything written below dir to the disk.
func syncFileSystem(dir string) {
	if f, err := os.Open(dir); err == nil {
		_ = unix.Syncfs(int(f.Fd()))
		f.Close()
	}
}
