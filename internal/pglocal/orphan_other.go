//go:build !linux

package pglocal

import (
	"os/exec"
	"strconv"
	"strings"
)

// orphans lists the postmaster on data, by the command line that the keeper
// gave it; its backends end with it.
func orphans(data string) []int {
	pid, _ := readPostmaster(data)
	if pid == 0 || !alive(pid) {
		return nil
	}
	// postmaster.pid may be older than the last boot: ask who that is now.
	out, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil || !strings.Contains(string(out), data) {
		return nil
	}
	return []int{pid}
}

// ending tells whether the process is gone.
func ending(pid int) bool { return !alive(pid) }
