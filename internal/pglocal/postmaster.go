package pglocal

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// readPostmaster reads the pid and the status ("starting", "ready", "standby",
// "stopping") that a server keeps in postmaster.pid. pid is 0 without one.
func readPostmaster(data string) (pid int, status string) {
	content, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return 0, ""
	}
	return parsePostmaster(string(content))
}

func parsePostmaster(content string) (pid int, status string) {
	lines := strings.Split(content, "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	// A negative one is a single-user server; kill(2) would take it for a group.
	if err != nil || pid <= 1 {
		return 0, ""
	}
	if len(lines) > 7 {
		status = strings.TrimSpace(lines[7])
	}
	return pid, status
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
