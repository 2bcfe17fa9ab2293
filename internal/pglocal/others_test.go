package pglocal

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// reachableSelf copies this test binary to where every user can run it.
func reachableSelf(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	in, err := os.Open(exe)
	require.NoError(t, err)
	defer in.Close()
	dir, err := os.MkdirTemp(base, "self-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	path := filepath.Join(dir, "pglocal.test")
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	require.NoError(t, err)
	_, err = io.Copy(out, in)
	require.NoError(t, err)
	require.NoError(t, out.Close())
	return path
}

// TestAsOthers runs tests again as an ordinary user and as one without a
// name, so that one run as root covers all ways.
func TestAsOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become others; the rest of this run is an ordinary user's")
	}
	t.Parallel()
	other, ok := ordinaryUser()
	require.True(t, ok)
	exe := reachableSelf(t)
	for _, who := range []struct {
		name     string
		uid, gid int
		tests    string
	}{
		{"ordinary", other.UID, other.GID, "TestStart$|TestFindHere|TestKillKeeper|TestKillUser|TestSixProcesses|TestSharedColdSix|TestStaleFiles|TestProofAsOther|TestCacheDir|TestRunAs|TestSecrets|TestBinaryReplaced|TestStartForeign"},
		{"without a name", 54321, 54321, "TestStart$|TestKillKeeper"},
	} {
		t.Run(who.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(exe, "-test.v", "-test.run", who.tests)
			cmd.Dir = "/"
			cmd.Env = append(os.Environ(), "HOME=/nonexistent")
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(who.uid), Gid: uint32(who.gid)}}
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, string(out))
			require.Contains(t, string(out), "--- PASS: TestStart/")
			require.NotContains(t, string(out), "--- SKIP")
		})
	}
}

// TestRootAndOwner: root and the owner of a cluster take turns and share.
func TestRootAndOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	t.Parallel()
	other, ok := ordinaryUser()
	require.True(t, ok)
	exe := reachableSelf(t)
	dir := newDir(t)
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, other.Chown(dir))
	// The owner's own cache: root's isn't writable.
	cache := newDir(t)
	require.NoError(t, os.Mkdir(cache, 0o700))
	if npm := os.Getenv("PGLOCAL_TEST_NPM_CACHE"); npm != "" {
		require.NoError(t, os.Symlink(npm, filepath.Join(cache, "npm")))
	}
	require.NoError(t, other.Chown(cache))
	who := &syscall.Credential{Uid: uint32(other.UID), Gid: uint32(other.GID)}
	asOwner := func() (*helper, string) {
		h := startHelperAs(t, who, "/usr/bin/env", "start", "ESPALIER_CACHE="+cache, exe, dir)
		pid, url, _ := strings.Cut(h.line(t), " ")
		require.Equal(t, 1, ask[int](t, connect(t, url), "SELECT 1"))
		return h, pid
	}
	first, pid := asOwner()
	joined := mustStart(t, dir, Config{})
	require.Equal(t, pid, itoa(joined.state.PID), "root joins the owner's server")
	first.kill9(t)
	require.NoError(t, joined.Close())
	requireGone(t, dir)

	mine := mustStart(t, dir, Config{})
	require.Equal(t, RunUser, mine.Identity().Mode)
	require.Equal(t, other.UID, mine.Identity().UID)
	second, pid := asOwner()
	require.Equal(t, pid, itoa(mine.state.PID), "the owner joins root's")
	second.kill9(t)
	require.NoError(t, Stop(context.Background(), dir))
	asOwner()

	// Root's own clusters are closed to others, who are told so.
	closed := newDir(t)
	mustStart(t, closed, Config{})
	cmd := exec.Command(exe, closed)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "PGLOCAL_TEST_ROLE=start")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "permission denied")
}
