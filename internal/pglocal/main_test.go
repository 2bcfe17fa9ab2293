package pglocal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// base holds everything the tests make but the clusters: every user can
// enter it, and programs in it can be run.
var base string

// clusters holds the clusters, in memory where there is enough; every user
// can enter it. hidden is below it, and only for this user.
var clusters, hidden string

func TestMain(m *testing.M) {
	if role := os.Getenv("PGLOCAL_TEST_ROLE"); role != "" {
		os.Exit(playRole(role))
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	var err error
	if base, err = os.MkdirTemp("/tmp", "pglt-"); err == nil {
		base, err = filepath.EvalSymlinks(base)
	}
	clusters = filepath.Join(base, "clusters")
	if inMemory(memoryNeeded) != "" {
		clusters = filepath.Join(memoryDir, filepath.Base(base))
	}
	hidden = filepath.Join(clusters, "hidden")
	err = errors.Join(err, os.Chmod(base, 0o755), os.Mkdir(clusters, 0o755), os.Chmod(clusters, 0o755), os.Mkdir(hidden, 0o700),
		os.Unsetenv("DATABASE_URL"), os.Setenv("ESPALIER_CACHE", filepath.Join(base, "cache")))
	if err == nil && os.Getenv("ESPALIER_PG_MAJOR") != "" {
		err = shareNPMCache()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	// The name is the same in both places.
	if left := processesOf(filepath.Base(base), 20*time.Second); len(left) > 0 {
		fmt.Fprintln(os.Stderr, "left running:", left)
		code = 1
	}
	if err := errors.Join(os.RemoveAll(clusters), os.RemoveAll(base)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

// shareNPMCache lets the tests' cache hold what this user's real one has
// fetched. Another user, started by TestAsOthers, shares it too.
func shareNPMCache() error {
	shared := os.Getenv("PGLOCAL_TEST_NPM_CACHE")
	if shared == "" {
		if err := os.Unsetenv("ESPALIER_CACHE"); err != nil {
			return err
		}
		var err error
		if shared, err = cacheSub("", "npm"); err != nil {
			return err
		}
	}
	mine := filepath.Join(base, "cache")
	return errors.Join(os.Mkdir(mine, 0o755), os.Symlink(shared, filepath.Join(mine, "npm")),
		os.Setenv("ESPALIER_CACHE", mine), os.Setenv("PGLOCAL_TEST_NPM_CACHE", shared))
}

// processesOf lists what runs on files below dir, after at most patience.
func processesOf(dir string, patience time.Duration) []string {
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		var found []string
		entries, _ := os.ReadDir("/proc")
		for _, e := range entries {
			proc := filepath.Join("/proc", e.Name())
			args, err := os.ReadFile(filepath.Join(proc, "cmdline"))
			if err != nil || e.Name() == fmt.Sprint(os.Getpid()) || e.Name() == fmt.Sprint(os.Getppid()) {
				continue
			}
			cwd, _ := os.Readlink(filepath.Join(proc, "cwd"))
			line := strings.ReplaceAll(string(args), "\x00", " ")
			isOurs := strings.Contains(line, "postgres") || strings.Contains(line, "espalier-keeper")
			if isOurs && (strings.Contains(line, dir) || strings.Contains(cwd, dir)) {
				found = append(found, e.Name()+" "+line)
			}
		}
		if len(found) == 0 || time.Now().After(end) {
			return found
		}
	}
}

// requireGone waits until no process works for the cluster in dir.
func requireGone(t *testing.T, dir string) {
	t.Helper()
	began := time.Now()
	require.Empty(t, processesOf(dir, 30*time.Second))
	t.Logf("gone after %s", time.Since(began).Round(time.Millisecond))
}

// newDir gives a folder for a cluster that every user can reach.
func newDir(t *testing.T) string { return dirIn(t, clusters) }

func dirIn(t *testing.T, parent string) string {
	t.Helper()
	dir, err := os.MkdirTemp(parent, "c-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	dir = filepath.Join(dir, "cluster")
	t.Cleanup(func() { require.NoError(t, Stop(context.Background(), dir)) })
	return dir
}

// mustStart starts with a short linger, so that tests end soon.
func mustStart(t *testing.T, dir string, cfg Config) *Server {
	t.Helper()
	if cfg.Linger == 0 {
		cfg.Linger = 50 * time.Millisecond
	}
	srv, err := Start(context.Background(), dir, cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, srv.Close()) })
	return srv
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func ask[T any](t *testing.T, conn *pgx.Conn, sql string) T {
	t.Helper()
	var v T
	require.NoError(t, conn.QueryRow(context.Background(), sql).Scan(&v), sql)
	return v
}

func mustExec(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	_, err := conn.Exec(context.Background(), sql)
	require.NoError(t, err, sql)
}

// helper is this test binary in another role, in a process of its own.
type helper struct {
	cmd   *exec.Cmd
	in    io.Writer
	lines *bufio.Scanner
}

// startHelper runs role with args; the process ends when its standard input does.
func startHelper(t *testing.T, role string, args ...string) *helper {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	return startHelperAs(t, nil, exe, role, args...)
}

func startHelperAs(t *testing.T, who *syscall.Credential, exe, role string, args ...string) *helper {
	t.Helper()
	cmd := exec.Command(exe, args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	cmd.Env = append(os.Environ(), "PGLOCAL_TEST_ROLE="+role)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	h := &helper{cmd: cmd, in: in}
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	h.lines = bufio.NewScanner(out)
	return h
}

// line waits for the next line that the helper prints.
func (h *helper) line(t *testing.T) string {
	t.Helper()
	require.True(t, h.lines.Scan(), "the helper ended: %v", h.lines.Err())
	return h.lines.Text()
}

func (h *helper) kill9(t *testing.T) {
	t.Helper()
	require.NoError(t, h.cmd.Process.Signal(syscall.SIGKILL))
	_ = h.cmd.Wait()
}

// playRole prints "<server pid> <url>" and holds its use until its input ends.
func playRole(role string) int {
	ctx := context.Background()
	var pid int
	var url string
	var err error
	switch role {
	case "start", "ephemeral", "start later":
		if role == "start later" {
			fmt.Println("waiting")
			_, _ = os.Stdin.Read(make([]byte, 1))
		}
		var srv *Server
		srv, err = Start(ctx, os.Args[1], Config{Linger: 50 * time.Millisecond, Ephemeral: role == "ephemeral"})
		if err == nil {
			defer srv.Close()
			pid, url = srv.state.PID, srv.AdminConnString("postgres")
		}
	case "shared":
		var in *Install
		if in, err = Find(ctx, FindConfig{}); err != nil {
			break
		}
		var srv *SharedServer
		srv, err = Shared(ctx, SharedConfig{Install: in, CacheDir: os.Args[1], Linger: 50 * time.Millisecond})
		if err == nil {
			defer srv.Close()
			pid = srv.Server().state.PID
			var db Database
			db, err = CreateDatabase(ctx, srv.AdminURL(), DatabaseOptions{FileCopy: true})
			url = db.URL
		}
	default:
		err = fmt.Errorf("no role %q", role)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, role, err)
		return 1
	}
	fmt.Println(pid, url)
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
	return 0
}

func requireMode(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	info, err := os.Lstat(path)
	require.NoError(t, err)
	require.Equal(t, mode.String(), info.Mode().Perm().String(), path)
}

func requireHint(t *testing.T, err error, part string) {
	t.Helper()
	var h interface{ Hint() string }
	require.ErrorAs(t, err, &h)
	require.Contains(t, h.Hint(), part)
}

func kill9(t *testing.T, pid int) {
	t.Helper()
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	require.Eventually(t, func() bool { return !alive(pid) }, 20*time.Second, time.Millisecond)
}
