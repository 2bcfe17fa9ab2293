package portability_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
)

// startTimeout is how long a cold MariaDB may take to make its files.
const startTimeout = 2 * time.Minute

// mariaDB is a throw-away server on a socket in a private folder.
type mariaDB struct {
	dir  string
	cmd  *exec.Cmd
	log  *bytes.Buffer
	done chan error
}

// dirPrefix is followed by the process id of the tests.
const dirPrefix = "espalier-mariadb-"

// sweep removes the folders of test processes that were killed.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), dirPrefix+"*"))
	for _, dir := range dirs {
		var pid int
		if _, err := fmt.Sscanf(filepath.Base(dir), dirPrefix+"%d-", &pid); err != nil {
			continue
		}
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir)
		}
	}
}

// findMariaDB looks where mariadb.sh looks and puts it.
func findMariaDB() (string, error) {
	cache := os.Getenv("ESPALIER_CACHE")
	if cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		cache = filepath.Join(dir, "espalier")
	}
	candidates := []string{
		"mariadbd", "/usr/sbin/mariadbd", "/usr/local/sbin/mariadbd", "/opt/homebrew/bin/mariadbd",
		filepath.Join(cache, "mariadb", "bin", "mariadbd"),
	}
	for _, name := range candidates {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New(`no MariaDB server; run portability/mariadb.sh, or install the package mariadb-server-core`)
}

// startMariaDB starts a server without accounts: whoever may enter the folder
// of its socket is its administrator. It needs no mariadb-install-db, since
// without accounts no table of the system database is needed.
func startMariaDB() (_ *mariaDB, err error) {
	path, err := findMariaDB()
	if err != nil {
		return nil, err
	}
	sweep()
	// Private, and short enough for a socket, as t.TempDir isn't.
	dir, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", dirPrefix, os.Getpid()))
	if err != nil {
		return nil, err
	}
	m := &mariaDB{dir: dir, log: new(bytes.Buffer), done: make(chan error, 1)}
	defer func() {
		if err != nil {
			m.stop()
		}
	}()
	if err := os.MkdirAll(filepath.Join(dir, "data", "mysql"), 0o700); err != nil {
		return nil, err
	}
	args := []string{
		"--no-defaults", "--skip-networking", "--skip-grant-tables", "--skip-log-bin",
		"--datadir=" + filepath.Join(dir, "data"), "--socket=" + m.socket(),
		"--pid-file=" + filepath.Join(dir, "pid"), "--tmpdir=" + dir,
		"--character-set-server=utf8mb4", "--innodb-flush-log-at-trx-commit=0", "--innodb-use-native-aio=0", "--innodb-log-file-size=8M",
	}
	if os.Geteuid() == 0 {
		args = append(args, "--user=root")
	}
	m.cmd = exec.Command(path, args...)
	m.cmd.Stdout, m.cmd.Stderr = m.log, m.log
	m.cmd.SysProcAttr = diesWithParent()
	if err := m.cmd.Start(); err != nil {
		m.cmd = nil
		return nil, err
	}
	go func() { m.done <- m.cmd.Wait() }()
	return m, m.waitReady()
}

func (m *mariaDB) socket() string { return filepath.Join(m.dir, "s") }

func (m *mariaDB) dsn(database string) string {
	return fmt.Sprintf("root@unix(%s)/%s?parseTime=true&loc=UTC&time_zone=%%27%%2B00%%3A00%%27", m.socket(), database)
}

func (m *mariaDB) waitReady() error {
	db, err := sql.Open("mysql", m.dsn(""))
	if err != nil {
		return err
	}
	defer db.Close()
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(50 * time.Millisecond) {
		if err = db.Ping(); err == nil {
			return nil
		}
		select {
		case werr := <-m.done:
			m.done <- werr
			return fmt.Errorf("mariadbd ended: %w\n%s", werr, m.log)
		default:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("mariadbd is not ready after %s: %w", startTimeout, err)
		}
	}
}

func (m *mariaDB) stop() {
	if m.cmd != nil {
		_ = m.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-m.done:
		case <-time.After(20 * time.Second):
			_ = m.cmd.Process.Kill()
			<-m.done
		}
	}
	_ = os.RemoveAll(m.dir)
}

var server struct {
	sync.Once
	*mariaDB
	err error
	n   int
	mu  sync.Mutex
}

// openMariaDB returns an empty database; all tests share one server.
func openMariaDB(t *testing.T) *sql.DB {
	t.Helper()
	server.Do(func() { server.mariaDB, server.err = startMariaDB() })
	require.NoError(t, server.err)
	server.mu.Lock()
	server.n++
	name := fmt.Sprintf("test%d", server.n)
	server.mu.Unlock()

	admin, err := sql.Open("mysql", server.dsn(""))
	require.NoError(t, err)
	defer admin.Close()
	_, err = admin.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	var version string
	require.NoError(t, admin.QueryRowContext(t.Context(), "SELECT version()").Scan(&version))
	require.True(t, strings.Contains(version, "MariaDB"), version)

	db, err := sql.Open("mysql", server.dsn(name))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, db.Close())
		admin, err := sql.Open("mysql", server.dsn(""))
		require.NoError(t, err)
		defer admin.Close()
		_, err = admin.ExecContext(context.WithoutCancel(t.Context()), "DROP DATABASE "+name)
		require.NoError(t, err)
	})
	return db
}
