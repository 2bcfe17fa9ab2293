package pgbouncer

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/espalier-go/espalier/internal/pglocal"
)

// Install is a PgBouncer on this machine.
type Install struct {
	// Path is the program.
	Path string
	// Major and Minor are its version.
	Major, Minor int
}

// NotFoundError says that no PgBouncer is installed.
type NotFoundError struct {
	// Tried are the places that were looked at.
	Tried []string
}

// Error implements error.
func (e *NotFoundError) Error() string {
	return "no PgBouncer found in " + strings.Join(e.Tried, ", ")
}

// Hint says what to do about it.
func (e *NotFoundError) Hint() string {
	return "install it, on Debian or Ubuntu: apt-get install -y pgbouncer"
}

// prepares tells whether it passes named statements on, if told to.
func (i Install) prepares() bool { return i.Major > 1 || i.Minor >= 21 }

// Find looks for PgBouncer in PATH, where systems put it, and in the cache of
// the folder cacheDir, which defaults to pglocal.CacheDir.
func Find(ctx context.Context, cacheDir string) (Install, error) {
	if cacheDir == "" {
		var err error
		if cacheDir, err = pglocal.CacheDir(); err != nil {
			return Install{}, err
		}
	}
	e := &NotFoundError{Tried: []string{"PATH"}}
	places := []string{"/usr/sbin/pgbouncer", "/usr/local/sbin/pgbouncer", "/usr/local/bin/pgbouncer",
		"/opt/homebrew/bin/pgbouncer", filepath.Join(cacheDir, "pgbouncer", "bin", "pgbouncer")}
	if path, err := exec.LookPath("pgbouncer"); err == nil {
		places = append([]string{path}, places...)
	}
	for _, path := range places {
		e.Tried = append(e.Tried, path)
		if _, err := os.Stat(path); err != nil {
			continue
		}
		out, err := exec.CommandContext(ctx, path, "--version").Output()
		if err != nil {
			return Install{}, fmt.Errorf("%s --version: %w", path, err)
		}
		return parseVersion(path, string(out))
	}
	return Install{}, e
}

func parseVersion(path, out string) (Install, error) {
	line, _, _ := strings.Cut(out, "\n")
	version, ok := strings.CutPrefix(strings.TrimSpace(line), "PgBouncer ")
	parts := strings.SplitN(version, ".", 3)
	if ok && len(parts) >= 2 {
		major, err1 := strconv.Atoi(parts[0])
		minor, err2 := strconv.Atoi(parts[1])
		if err1 == nil && err2 == nil {
			return Install{path, major, minor}, nil
		}
	}
	return Install{}, fmt.Errorf("%s doesn't say which version it is: %q", path, line)
}
