package pglocal

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRunAsNobody: neither way around works.
func TestRunAsNobody(t *testing.T) {
	t.Parallel()
	dir := fakeBin(t, "17.1")
	script(t, filepath.Join(dir, "postgres"), "exit 1")
	id, err := RunAs(filepath.Join(newDir(t), "c"), &Install{BinDir: dir})
	if os.Geteuid() != 0 {
		require.NoError(t, err)
		require.NotEqual(t, RunUser, id.Mode)
		return
	}
	require.ErrorContains(t, err, "can't run as root")
	require.ErrorContains(t, err, "in a user namespace")
	requireHint(t, err, "every user can enter")
}

// TestRunAsStranger: the cluster belongs to somebody else.
func TestRunAsStranger(t *testing.T) {
	t.Parallel()
	in := &Install{BinDir: fakeBin(t, "17.1")}
	if os.Geteuid() != 0 {
		_, err := RunAs("/usr", in)
		require.ErrorContains(t, err, "belongs to root")
		requireHint(t, err, "run this as root")
		return
	}
	for parent, reachable := range map[string]bool{clusters: true, hidden: false} {
		dir := dirIn(t, parent)
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "data"), 0o700))
		require.NoError(t, os.Lchown(filepath.Join(dir, "data"), 54321, 54322))
		require.NoError(t, os.Chmod(dir, 0o755))
		id, err := RunAs(dir, in)
		if !reachable {
			requireHint(t, err, "enter every folder above it")
			continue
		}
		require.NoError(t, err)
		require.Equal(t, Identity{Mode: RunUser, Name: "user 54321", UID: 54321, GID: 54322, InnerUID: 54321, InnerGID: 54322}, id)
	}
}

func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	id, ok := ordinaryUser()
	require.True(t, ok)
	require.Positive(t, id.UID)
	require.Equal(t, RunUser, id.Mode)
}

// TestBinaryReplaced: `go run` and `go build` replace the program while it runs.
func TestBinaryReplaced(t *testing.T) {
	t.Parallel()
	exe := reachableSelf(t)
	dir := newDir(t)
	h := startHelperAs(t, nil, exe, "start later", dir)
	require.Equal(t, "waiting", h.line(t))
	require.NoError(t, os.Remove(exe))
	require.NoError(t, os.WriteFile(exe, []byte("something else"), 0o755))
	_, err := h.in.Write([]byte("\n"))
	require.NoError(t, err)
	_, url, _ := strings.Cut(h.line(t), " ")
	require.Equal(t, 1, ask[int](t, connect(t, url), "SELECT 1"))
	h.kill9(t)
	requireGone(t, dir)
}

// TestSecrets: nothing of the caller's environment reaches the keeper or
// Postgres, and a setting's value is in no command line.
func TestSecrets(t *testing.T) {
	t.Setenv("PGPASSWORD", "opensesame-env")
	dir := newDir(t)
	srv := mustStart(t, dir, Config{Settings: map[string]string{"my.secret": "opensesame-setting"}})
	require.Equal(t, "opensesame-setting", ask[string](t, connect(t, srv.AdminConnString("postgres")), "SHOW my.secret"))
	for _, pid := range []int{srv.state.KeeperPID, srv.state.PID} {
		for _, file := range []string{"environ", "cmdline"} {
			content, err := os.ReadFile(filepath.Join("/proc", itoa(pid), file))
			require.NoError(t, err)
			require.NotEmpty(t, content)
			require.NotContains(t, string(content), "opensesame")
		}
	}
	require.NoError(t, Stop(context.Background(), dir))
	for _, name := range []string{"postgres.log", "keeper.log"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.NotContains(t, string(content), "opensesame")
	}
}
