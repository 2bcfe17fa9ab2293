package pgbouncer_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/internal/pglocal/pgbouncer"
	"github.com/espalier-go/espalier/neontest"
)

func connect(t *testing.T, b *pgbouncer.Bouncer, url string) (*pgx.Conn, error) {
	t.Helper()
	cfg, err := pgx.ParseConfig(url)
	require.NoError(t, err)
	require.Equal(t, pgbouncer.Host, cfg.Host)
	cfg.Host = "127.0.0.1"
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	return pgx.ConnectConfig(t.Context(), cfg)
}

// TestStart: two clients take turns on one session, which is what a transaction
// pooler is about.
func TestStart(t *testing.T) {
	t.Parallel()
	db := neontest.OpenWith(t, neontest.Config{Empty: true})
	b, err := pgbouncer.Start(t.Context(), db.URL, &pgbouncer.Config{PoolSize: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	var pids [2]int
	for i := range pids {
		conn, err := connect(t, b, b.URL(db.Name()))
		require.NoError(t, err)
		defer conn.Close(t.Context())
		var name string
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT pg_backend_pid(), current_database()").Scan(&pids[i], &name))
		require.Equal(t, db.Name(), name)
	}
	require.Equal(t, pids[0], pids[1])

	_, err = connect(t, b, strings.Replace(b.URL(db.Name()), "@", "x@", 1))
	require.Error(t, err, "the password is looked at")
	require.NoError(t, b.Close())
	require.NoError(t, b.Close())
	_, err = net.Dial("tcp", b.Address())
	require.Error(t, err)
}

// TestSecrets: passwords are in no command line, and files that hold them are
// for one user.
func TestSecrets(t *testing.T) {
	t.Parallel()
	b, err := pgbouncer.Start(t.Context(), "postgres://someone:opensesame@127.0.0.1:1/db", nil)
	require.NoError(t, err)
	defer b.Close()
	out, err := exec.Command("ps", "-eo", "args", "-ww").Output()
	require.NoError(t, err)
	require.Contains(t, string(out), "pgbouncer.ini")
	require.NotContains(t, string(out), "opensesame")
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), "espalier-pgbouncer-*"))
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if os.IsNotExist(err) {
			continue // another test's
		}
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	}
	require.NotContains(t, fmt.Sprintf("%v %+v", b.Install(), b.Address()), "opensesame")
}

// TestErrors: what can't start says why.
func TestErrors(t *testing.T) {
	t.Parallel()
	_, err := pgbouncer.Start(t.Context(), "host=x password=opensesame", nil)
	require.ErrorContains(t, err, "can't be parsed")
	require.NotContains(t, err.Error(), "opensesame")
	_, err = pgbouncer.Start(t.Context(), "postgres://u@h/db?sslmode=nonsense", nil)
	require.ErrorContains(t, err, "PgBouncer does not start")
	_, err = pgbouncer.Start(t.Context(), "postgres://u@h/db", &pgbouncer.Config{Install: &pgbouncer.Install{Path: "/nowhere"}})
	require.ErrorContains(t, err, "can't run /nowhere")
	var hint interface{ Hint() string }
	_, err = pgbouncer.Find(t.Context(), t.TempDir())
	if err != nil {
		require.ErrorAs(t, err, new(*pgbouncer.NotFoundError))
	}
	require.ErrorAs(t, &pgbouncer.NotFoundError{}, &hint)
	require.Contains(t, hint.Hint(), "apt-get install -y pgbouncer")
}

// TestDiesWithItsUser kills the process that started one.
func TestDiesWithItsUser(t *testing.T) {
	t.Parallel()
	tmp := enterable(t)
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "PGBOUNCER_TEST_ROLE=user", "TMPDIR="+tmp)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	address, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	address = strings.TrimSpace(address)
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	// It accepts a connection when something is said, here a question for TLS.
	_, err = conn.Write([]byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f})
	require.NoError(t, err)
	_, err = io.ReadFull(conn, make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	// Its end cuts the clients off.
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
	_, err = io.ReadAll(conn)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	require.Eventually(t, func() bool {
		left, err := filepath.Glob(filepath.Join(tmp, "*"))
		return err == nil && len(left) == 0
	}, 20*time.Second, 5*time.Millisecond, "its folder stays")
}

// enterable is a folder that the user can write to whom root becomes.
func enterable(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "pgbt-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o777|os.ModeSticky))
	return dir
}

func TestMain(m *testing.M) {
	if os.Getenv("PGBOUNCER_TEST_ROLE") == "user" {
		b, err := pgbouncer.Start(context.Background(), "postgres://u@127.0.0.1:1/db", nil)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(b.Address())
		select {}
	}
	os.Exit(m.Run())
}
