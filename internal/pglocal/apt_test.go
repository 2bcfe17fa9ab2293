package pglocal

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func fakeDebian(t *testing.T, apt string) (debian, string) {
	t.Helper()
	dir := t.TempDir()
	sys := debian{osRelease: filepath.Join(dir, "os-release"), createcluster: filepath.Join(dir, "etc", "createcluster.conf"),
		aptGet: filepath.Join(dir, "apt-get"), root: true}
	require.NoError(t, os.WriteFile(sys.osRelease, []byte("ID=debian\n"), 0o600))
	script(t, sys.aptGet, `echo "$@ conf=$(grep -c 'create_main_cluster = false' `+sys.createcluster+`)" >> `+dir+"/calls\n"+apt)
	return sys, filepath.Join(dir, "calls")
}

func TestApt(t *testing.T) {
	t.Parallel()
	sys, calls := fakeDebian(t, "exit 0")
	require.NoError(t, aptInstall(context.Background(), FindConfig{}, 0, sys))
	log, err := os.ReadFile(calls)
	require.NoError(t, err)
	require.Equal(t, "install -y --no-install-recommends -o Dpkg::Options::=--force-confold postgresql conf=1\n", string(log),
		"Debian is told beforehand to make no cluster")
}

func TestAptUpdatesFirst(t *testing.T) {
	t.Parallel()
	sys, calls := fakeDebian(t, `case $1 in update) touch `+"$0"+`.updated;; *) [ -e `+"$0"+`.updated ];; esac`)
	require.NoError(t, aptInstall(context.Background(), FindConfig{}, 17, sys))
	log, err := os.ReadFile(calls)
	require.NoError(t, err)
	require.Regexp(t, `(?s)^install .*postgresql-17 conf=1\nupdate conf=1\ninstall .*postgresql-17 conf=1\n$`, string(log))
}

func TestAptRefuses(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	sys, calls := fakeDebian(t, "echo 'E: Unable to locate package' >&2; exit 100")
	require.ErrorContains(t, aptInstall(ctx, FindConfig{}, 0, sys), "Unable to locate package")
	require.NoError(t, os.Remove(calls))
	sys.root = false
	require.ErrorContains(t, aptInstall(ctx, FindConfig{}, 0, sys), "only root")
	sys.root = true
	require.NoError(t, os.WriteFile(sys.osRelease, []byte("ID=fedora\n"), 0o600))
	require.ErrorContains(t, aptInstall(ctx, FindConfig{}, 0, sys), "neither Debian nor Ubuntu")
	require.NoFileExists(t, calls)
}

// TestDefaultClusterKeepsConfig: what the admin wrote stays.
func TestDefaultClusterKeepsConfig(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "createcluster.conf")
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600))
	require.NoError(t, refuseDefaultCluster(path))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "mine", string(content))
}
