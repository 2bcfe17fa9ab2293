package pglocal

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestKeepAndStop(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := newDir(t)
	require.NoError(t, Stop(ctx, dir), "there is nothing yet")
	srv := mustStart(t, dir, Config{})
	require.NoError(t, srv.Keep(ctx))
	require.NoError(t, srv.Close())
	time.Sleep(300 * time.Millisecond)
	st, err := Inspect(dir)
	require.NoError(t, err)
	require.True(t, st.Running)
	require.True(t, st.Kept)
	require.Zero(t, st.Users)

	// Users come and go; it stays.
	again := mustStart(t, dir, Config{})
	require.Equal(t, srv.state, again.state)
	require.NoError(t, again.Close())
	time.Sleep(300 * time.Millisecond)
	require.NotEmpty(t, processesOf(dir, 0))

	// Stop doesn't ask who uses it.
	user := mustStart(t, dir, Config{})
	conn := connect(t, user.AdminConnString("postgres"))
	require.NoError(t, Stop(ctx, dir))
	require.Empty(t, processesOf(dir, 0), "Stop waits until it is gone")
	require.Error(t, conn.Ping(ctx))
	require.NoError(t, Stop(ctx, dir))

	// What was kept isn't any more.
	next := mustStart(t, dir, Config{})
	st, err = Inspect(dir)
	require.NoError(t, err)
	require.False(t, st.Kept)
	require.NoError(t, next.Close())
	require.NoError(t, user.Close())
	requireGone(t, dir)
}

func TestInspectNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(base, "no-such-folder")
	st, err := Inspect(dir)
	require.NoError(t, err)
	require.Equal(t, Status{}, st)
	require.NoDirExists(t, dir)
	require.NoError(t, Stop(context.Background(), dir))
	require.NoDirExists(t, dir)
}

func TestPortTaken(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := newDir(t)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port

	_, err = Start(ctx, dir, Config{Port: port})
	var taken *PortTakenError
	require.ErrorAs(t, err, &taken)
	require.Equal(t, port, taken.Port)
	requireHint(t, err, "another port")
	require.NoFileExists(t, filepath.Join(dir, "port"), "it isn't remembered")

	srv := mustStart(t, dir, Config{})
	require.GreaterOrEqual(t, srv.Port(), firstPort)
	require.LessOrEqual(t, srv.Port(), lastPort)
	require.NoError(t, srv.Close())
	require.NoError(t, Stop(ctx, dir))

	// A remembered port is not silently replaced.
	l2, err := net.Listen("tcp4", "127.0.0.1:"+itoa(srv.Port()))
	require.NoError(t, err)
	_, err = Start(ctx, dir, Config{})
	require.ErrorAs(t, err, &taken)
	require.Equal(t, srv.Port(), taken.Port)
	require.NoError(t, l2.Close())
	again := mustStart(t, dir, Config{})
	require.Equal(t, srv.Port(), again.Port())
}

// TestPortOfOthers: a port that a stopped cluster remembers isn't given away.
func TestPortOfOthers(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	one, two := cluster{t.TempDir()}, cluster{t.TempDir()}
	cache := t.TempDir()
	port, err := one.choosePort(ctx, 0, true, cache)
	require.NoError(t, err)
	ports := filepath.Join(cache, "ports")
	require.True(t, promised(ports, port, two.dir))
	require.False(t, promised(ports, port, one.dir))
	require.NoError(t, os.RemoveAll(one.dir))
	require.False(t, promised(ports, port, two.dir), "its cluster is gone")

	require.NoError(t, os.WriteFile(two.path("port"), []byte("x"), 0o600))
	_, err = two.choosePort(ctx, 0, true, cache)
	requireHint(t, err, "remove that file")
	_, err = two.choosePort(ctx, 70000, true, cache)
	require.ErrorContains(t, err, "out of range")
}

func TestEphemeral(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	srv := mustStart(t, dir, Config{Ephemeral: true})
	conn := connect(t, srv.AdminConnString("postgres"))
	require.Equal(t, "off", ask[string](t, conn, "SHOW fsync"))
	require.Equal(t, "off", ask[string](t, conn, "SHOW full_page_writes"))
	require.Equal(t, "on", ask[string](t, conn, "SHOW synchronous_commit"))
	require.Equal(t, "300", ask[string](t, conn, "SHOW max_connections"))
	mustExec(t, conn, "CREATE TABLE gone (n int)")
	require.NoError(t, srv.Close())
	requireGone(t, dir)
	require.NoDirExists(t, srv.DataDir())
	require.NoFileExists(t, filepath.Join(dir, "port"))

	// Also after the keeper was killed nothing of the old data is seen.
	for range 2 {
		srv = mustStart(t, dir, Config{Ephemeral: true})
		conn = connect(t, srv.AdminConnString("postgres"))
		require.False(t, ask[bool](t, conn, "SELECT to_regclass('gone') IS NOT NULL"))
		mustExec(t, conn, "CREATE TABLE gone (n int)")
		kill9(t, srv.state.KeeperPID)
		require.NoError(t, srv.Close())
	}
}
