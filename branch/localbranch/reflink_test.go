package localbranch

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/stretchr/testify/require"
)

// TestReflink runs on a file system that shares blocks, where this machine lets
// root make and mount one: a branch then is made of shared blocks alone.
func TestReflink(t *testing.T) {
	t.Parallel()
	dir := mount(t, "mkfs.btrfs", "-q")
	var seen copies
	p := openIn(t, dir, Config{Log: seen.log()})
	_, err := p.Init(t.Context())
	require.NoError(t, err)
	s, err := p.Status(t.Context())
	require.NoError(t, err)
	require.True(t, s.Reflink)
	exec1(t, p, "main", `CREATE TABLE item AS SELECT i AS id, repeat('x', 100) AS filler FROM generate_series(1, 150000) AS i`)

	p.background.Wait()
	for i, name := range []string{"b0", "b1"} {
		seen.forget()
		start := time.Now()
		_, err := p.Create(t.Context(), name, branch.CreateOptions{})
		require.NoError(t, err)
		require.Equal(t, 150000, rows(t, p, name))
		took := time.Since(start)
		files, same := seen.first(t)
		require.Greater(t, same, 10*files, "most files were copied ahead")
		if i > 0 {
			require.Less(t, files, 20, "nothing was written since")
		}
		p.background.Wait()
		bases, err := p.bases(p.mustFind(name).Cluster)
		require.NoError(t, err)
		require.Len(t, bases, 1)
		require.True(t, bases[0].Reflink)
		t.Logf("branch of %d MB to first query: %s", diskUse(p.clusterDir(p.mustFind("main").Cluster)+"/data/base")>>20, took)
	}

	at := time.Now()
	time.Sleep(10 * time.Millisecond)
	exec1(t, p, "b0", `DELETE FROM item`)
	_, err = p.Create(t.Context(), "past", branch.CreateOptions{Parent: "b0", At: branch.Point{Time: at}})
	require.NoError(t, err)
	require.Equal(t, 150000, rows(t, p, "past"))
}

// mount gives the root folder of a new file system in a file.
func mount(t *testing.T, mkfs ...string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("not run: only root can mount a file system with reflinks")
	}
	if _, err := exec.LookPath(mkfs[0]); err != nil {
		t.Skipf("not run: no %s here (Debian: btrfs-progs)", mkfs[0])
	}
	image := filepath.Join(t.TempDir(), "image")
	require.NoError(t, os.WriteFile(image, nil, 0o600))
	require.NoError(t, os.Truncate(image, 2<<30))
	out, err := exec.Command(mkfs[0], append(mkfs[1:], image)...).CombinedOutput()
	require.NoError(t, err, string(out))
	dir, err := os.MkdirTemp("", "localbranch-mount-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.Remove(dir)) })
	if out, err := exec.Command("mount", "-o", "loop", image, dir).CombinedOutput(); err != nil {
		t.Skipf("not run: this machine doesn't mount it: %s", out)
	}
	t.Cleanup(func() {
		out, err := exec.Command("umount", dir).CombinedOutput()
		require.NoError(t, err, string(out))
	})
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}
