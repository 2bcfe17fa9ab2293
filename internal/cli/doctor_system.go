package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/espalier-go/espalier/internal/pglocal"
)

// systemChecks looks at the machine.
func systemChecks(ctx context.Context, project string) []check {
	checks := []check{
		toolCheck(ctx, "go", "generating code needs it: https://go.dev/dl", "go", "version"),
		toolCheck(ctx, "npm", "only needed to fetch Postgres where none is installed", "npm", "--version"),
		reflinkCheck(project),
		diskCheck(project),
	}
	return append(checks, linuxChecks(ctx)...)
}

// toolCheck runs a program that is nice to have.
func toolCheck(ctx context.Context, name, why, program string, args ...string) check {
	c := check{Name: name, Status: checkWarn, Hint: why}
	path, err := exec.LookPath(program)
	if err != nil {
		c.Detail = "not found in PATH"
		return c
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		c.Detail = fmt.Sprintf("%s: %v", path, err)
		return c
	}
	return check{Name: name, Status: checkOK, Detail: strings.TrimSpace(strings.TrimPrefix(string(out), "go version "))}
}

// dataDir is where branches lie or would lie.
func dataDir(project string) string {
	if dir := filepath.Join(project, stateDir); isDir(dir) {
		return dir
	}
	return project
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func reflinkCheck(project string) check {
	if pglocal.ProbeReflink(dataDir(project)) {
		return check{Name: "reflink", Status: checkOK, Detail: "branches share their parent's blocks"}
	}
	return check{"reflink", checkWarn, "the file system has none: a branch is a full copy",
		"on btrfs, xfs or APFS a branch takes no time and no space"}
}

// lowDisk is about a dozen branches of a small database.
const lowDisk = 1 << 30

func diskCheck(project string) check {
	return freeSpace("disk", project, lowDisk, "branches and their history need space: free some")
}

// freeSpace checks what is left on the file system of path.
func freeSpace(name, path string, low int64, why string) check {
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil {
		return check{name, checkWarn, fmt.Sprintf("%s: %v", path, err), why}
	}
	free := int64(fs.Bavail) * int64(fs.Bsize)
	c := check{Name: name, Status: checkOK, Detail: fmt.Sprintf("%s free on %s", size(free), path)}
	if free < low {
		c.Status, c.Hint = checkWarn, why
	}
	return c
}
