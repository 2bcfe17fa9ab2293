package localbranch

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// projectDir is an empty folder that other users may enter, as a checkout is.
// It is in memory where there is plenty: thousands of files are made in it.
func projectDir(t *testing.T) string {
	t.Helper()
	var fs unix.Statfs_t
	if err := unix.Statfs("/dev/shm", &fs); err != nil || uint64(fs.Bavail)*uint64(fs.Bsize) < 4<<30 {
		dir := t.TempDir()
		require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
		return dir
	}
	dir, err := os.MkdirTemp("/dev/shm", "localbranch-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

// openIn opens a provider whose servers stop with the test, and then checks
// that no process is left.
func openIn(t *testing.T, dir string, cfg Config) *Provider {
	t.Helper()
	p, err := Open(t.Context(), dir, cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		if _, err := p.Down(context.WithoutCancel(t.Context())); err != nil {
			require.ErrorIs(t, err, ErrNoProject)
		}
		require.NoError(t, p.Close())
		nothingRuns(t, dir)
	})
	return p
}

func newProject(t *testing.T) *Provider {
	t.Helper()
	p := openIn(t, projectDir(t), Config{})
	_, err := p.Init(t.Context())
	require.NoError(t, err)
	return p
}

// processesOf lists the command lines that name a path below dir.
func processesOf(t *testing.T, dir string) []string {
	t.Helper()
	if _, err := os.Stat("/proc/self/cmdline"); err != nil {
		return nil
	}
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	var found []string
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil || path == "/proc/self/cmdline" {
			continue
		}
		cmdline := strings.TrimSpace(strings.ReplaceAll(string(data), "\x00", " "))
		if containsPath(cmdline, dir) {
			found = append(found, cmdline)
		}
	}
	return found
}

func containsPath(cmdline, path string) bool { return strings.Contains(cmdline, path) }

// nothingRuns waits until no process names the folder.
func nothingRuns(t *testing.T, dir string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		left := processesOf(t, dir)
		if len(left) == 0 {
			return
		}
		require.True(t, time.Now().Before(deadline), "still running: %q", left)
	}
}

// superuser runs a statement that the branch's own role may not.
func superuser(t *testing.T, p *Provider, r *record, sql string) {
	t.Helper()
	srv, err := p.start(t.Context(), p.mustState().Major, r.Cluster, r.Port)
	require.NoError(t, err)
	defer srv.Close()
	conn, err := pgx.Connect(t.Context(), srv.AdminConnString("postgres"))
	require.NoError(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	_, err = conn.Exec(t.Context(), sql)
	require.NoError(t, err)
}

func (p *Provider) mustState() *state { return must(p.read()) }
