//go:build !linux

package cli_test

import (
	"os/exec"
	"strings"
)

// processesIn returns the processes that have dir in their command line.
func processesIn(dir string) []string {
	out, _ := exec.Command("ps", "-axo", "pid=,args=").Output()
	var found []string
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, dir+"/") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}
