package pglocal

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestSixProcessesAtOnce(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	var helpers []*helper
	for range 6 {
		helpers = append(helpers, startHelper(t, "start", dir))
	}
	seen := map[string]bool{}
	for _, h := range helpers {
		pid, url, _ := strings.Cut(h.line(t), " ")
		seen[pid] = true
		require.Equal(t, 1, ask[int](t, connect(t, url), "SELECT 1"))
	}
	require.Len(t, seen, 1, "one server for all")
	st, err := Inspect(dir)
	require.NoError(t, err)
	require.Equal(t, 6, st.Users)
	for _, h := range helpers[1:] {
		h.kill9(t)
	}
	time.Sleep(200 * time.Millisecond)
	st, err = Inspect(dir)
	require.NoError(t, err)
	require.True(t, st.Running, "one user is left")
	require.Equal(t, 1, st.Users)
	helpers[0].kill9(t)
	requireGone(t, dir)
}

func TestKillUser(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"start", "ephemeral"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			dir := newDir(t)
			h := startHelper(t, role, dir)
			_, url, _ := strings.Cut(h.line(t), " ")
			// A busy connection of somebody else doesn't keep the server.
			go func() {
				if conn, err := pgx.Connect(context.Background(), url); err == nil {
					_, _ = conn.Exec(context.Background(), "SELECT pg_sleep(60)")
				}
			}()
			h.kill9(t)
			requireGone(t, dir)
			mustStart(t, dir, Config{})
		})
	}
}

func TestKillKeeper(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	for i := range 3 {
		srv := mustStart(t, dir, Config{Linger: time.Hour})
		conn := connect(t, srv.AdminConnString("postgres"))
		mustExec(t, conn, "CREATE TABLE IF NOT EXISTS kept (n int)")
		mustExec(t, conn, "INSERT INTO kept SELECT generate_series(1, 1000)")
		go func() { _, _ = conn.Exec(context.Background(), "SELECT pg_sleep(60)") }()
		kill9(t, srv.state.KeeperPID)
		if i == 1 {
			// Sometimes the next start comes while the old server still ends.
			requireGone(t, dir)
		}
		again := mustStart(t, dir, Config{Linger: time.Hour})
		require.NotEqual(t, srv.state.KeeperPID, again.state.KeeperPID)
		require.Equal(t, srv.Port(), again.Port())
		require.Equal(t, (i+1)*1000, ask[int](t, connect(t, again.AdminConnString("postgres")), "SELECT count(*) FROM kept"),
			"committed rows are there")
		require.NoError(t, srv.Close())
		require.NoError(t, again.Close())
	}
}

func TestKillPostmaster(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	srv := mustStart(t, dir, Config{})
	conn := connect(t, srv.AdminConnString("postgres"))
	mustExec(t, conn, "CREATE TABLE kept AS SELECT 1 AS n")
	go func() { _, _ = conn.Exec(context.Background(), "SELECT count(*) FROM generate_series(1, 100000000)") }()
	kill9(t, srv.state.PID)
	requireGone(t, dir)
	again := mustStart(t, dir, Config{})
	require.Equal(t, 1, ask[int](t, connect(t, again.AdminConnString("postgres")), "SELECT n FROM kept"))
}

// TestKillStarter kills those who start a server at many moments.
func TestKillStarter(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	for i := range 8 {
		h := startHelper(t, "start", dir)
		time.Sleep(time.Duration(i*15+rand.IntN(15)) * time.Millisecond)
		h.kill9(t)
	}
	srv := mustStart(t, dir, Config{})
	require.Equal(t, 1, ask[int](t, connect(t, srv.AdminConnString("postgres")), "SELECT 1"))
	require.NoError(t, srv.Close())
	requireGone(t, dir)
}

// TestComeAndGo lets users come just when the keeper is about to stop.
func TestComeAndGo(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for range 12 {
				srv, err := Start(context.Background(), dir, Config{Linger: time.Duration(1 + rand.IntN(20_000_000))})
				if err != nil {
					t.Error(err)
					return
				}
				conn, err := pgx.Connect(context.Background(), srv.AdminConnString("postgres"))
				if err != nil {
					t.Error(err)
				} else {
					conn.Close(context.Background())
				}
				srv.Close()
				time.Sleep(time.Duration(rand.IntN(60_000_000)))
			}
		})
	}
	wg.Wait()
	requireGone(t, dir)
}

// TestStaleFiles has what a crash of the whole machine leaves behind, with
// process ids that are others' now.
func TestStaleFiles(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	srv := mustStart(t, dir, Config{Linger: time.Hour})
	st := srv.state
	saved := map[string][]byte{}
	for _, name := range []string{"keeper.json", "data/postmaster.pid"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		saved[name] = content
	}
	kill9(t, st.KeeperPID)
	requireGone(t, dir)
	lines := strings.SplitN(string(saved["data/postmaster.pid"]), "\n", 2)
	lines[0] = "1"
	if os.Geteuid() != 0 {
		lines[0] = itoa(os.Getpid())
	}
	saved["data/postmaster.pid"] = []byte(strings.Join(lines, "\n"))
	for name, content := range saved {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(st.SocketDir, ".s.PGSQL."+itoa(st.Port)+".lock"), []byte(itoa(os.Getpid())+"\n"), 0o600))
	status, err := Inspect(dir)
	require.NoError(t, err)
	require.False(t, status.Running)
	again := mustStart(t, dir, Config{})
	require.Equal(t, 1, ask[int](t, connect(t, again.AdminConnString("postgres")), "SELECT 1"))
}

// TestFolderRemoved: a server that nobody can find any more ends.
func TestFolderRemoved(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	srv := mustStart(t, dir, Config{Linger: time.Hour})
	require.NoError(t, srv.Keep(context.Background()))
	for range 50 { // The server may write a file in between.
		if os.RemoveAll(dir) == nil {
			break
		}
	}
	require.NoDirExists(t, dir)
	requireGone(t, dir)
}
