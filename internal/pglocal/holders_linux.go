package pglocal

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// holders counts the shared locks on the file, as the kernel lists them:
//
//	1: FLOCK  ADVISORY  READ 4242 fe:00:1234567 0 EOF
func holders(path string) int {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		return 0
	}
	// The device is not compared: btrfs and overlayfs show another one here.
	inode := fmt.Sprintf(":%d", st.Ino)
	n := 0
	for line := range strings.Lines(string(locks)) {
		f := strings.Fields(line)
		if len(f) >= 6 && f[1] == "FLOCK" && f[3] == "READ" && strings.HasSuffix(f[5], inode) {
			n++
		}
	}
	return n
}
