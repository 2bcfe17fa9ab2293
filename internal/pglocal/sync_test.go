package pglocal

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSyncLater(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	srv := mustStart(t, dir, Config{SyncLater: true})
	admin := connect(t, srv.AdminConnString("postgres"))
	mustExec(t, admin, "CREATE TABLE t AS SELECT 42 AS n")
	require.Eventually(t, func() bool { return ask[string](t, admin, "SHOW fsync") == "on" }, time.Minute, 20*time.Millisecond)
	log, err := os.ReadFile(srv.cluster.path("postgres.log"))
	require.NoError(t, err)
	require.Contains(t, string(log), `parameter "fsync" removed from configuration file`, "it began with fsync on")
	config, err := os.ReadFile(srv.cluster.path("postgresql.conf"))
	require.NoError(t, err)
	require.NotContains(t, string(config), "fsync = off")
	kill9(t, srv.state.KeeperPID)
	again := mustStart(t, dir, Config{})
	require.Equal(t, 42, ask[int](t, connect(t, again.AdminConnString("postgres")), "SELECT n FROM t"))
	require.Equal(t, "on", ask[string](t, connect(t, again.AdminConnString("postgres")), "SHOW fsync"))
}
