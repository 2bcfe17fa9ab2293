package cli_test

import (
	"os"
	"path/filepath"
	"strings"
)

// processesIn returns the Postgres and keeper processes that work in dir.
func processesIn(dir string) []string {
	var found []string
	pids, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range pids {
		cwd, _ := os.Readlink(filepath.Join(p, "cwd"))
		cmdline, _ := os.ReadFile(filepath.Join(p, "cmdline"))
		args := strings.Split(strings.TrimRight(string(cmdline), "\x00"), "\x00")
		if len(cmdline) == 0 || filepath.Base(p) == "self" {
			continue
		}
		if strings.HasPrefix(cwd, dir+"/") && strings.Contains(args[0], "postgres") || strings.Contains(strings.Join(args[1:], " "), dir+"/") {
			found = append(found, filepath.Base(p)+" "+strings.Join(args, " "))
		}
	}
	return found
}
