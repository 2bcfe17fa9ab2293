package pglocal

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestUpdateTree changes a folder in every way a server does and brings its
// copy up to date.
func TestUpdateTree(t *testing.T) {
	t.Parallel()
	src, dst := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "dst")
	makeTree(t, src)
	time.Sleep(2 * StampAge)
	first, err := CopyTree(t.Context(), src, dst, CopyOptions{Stamp: true})
	require.NoError(t, err)
	in := func(path string) string { return filepath.Join(src, path) }

	require.NoError(t, os.WriteFile(in("base/0/new"), []byte("new"), 0o600))
	require.NoError(t, os.Remove(in("base/0/4")))
	require.NoError(t, os.RemoveAll(in("base/1")))
	require.NoError(t, os.Mkdir(in("base/9"), 0o700))
	require.NoError(t, os.WriteFile(in("base/9/x"), nil, 0o600))
	require.NoError(t, os.Rename(in("base/2/2"), in("base/2/renamed")))
	require.NoError(t, os.Remove(in("link")))
	require.NoError(t, os.Symlink("base/2", in("link")))
	// In place, with the same size.
	f, err := os.OpenFile(in("base/3/3"), os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("X"), 100)
	require.NoError(t, err)
	require.NoError(t, f.Close())

	second, err := CopyTree(t.Context(), src, dst, CopyOptions{Stamp: true, Known: first.Stamps})
	require.NoError(t, err)
	want := listing(t, src)
	delete(want, "fifo")
	require.Equal(t, want, listing(t, dst))
	require.Equal(t, 4, second.Files, "new, x, renamed, 3")
	require.Equal(t, 29, second.Same, "42 without the 10 of base/1 and 2, 3, 4")

	// What was changed a moment before its copy is copied once more.
	time.Sleep(2 * StampAge)
	third, err := CopyTree(t.Context(), src, dst, CopyOptions{Stamp: true, Known: second.Stamps})
	require.NoError(t, err)
	require.Equal(t, 4, third.Files)
	last, err := CopyTree(t.Context(), src, dst, CopyOptions{Known: third.Stamps})
	require.NoError(t, err)
	require.Zero(t, last.Files)
	require.Equal(t, 33, last.Same)
	require.Zero(t, last.Bytes)
}

// TestStampsOfTheMoment: a file may be written twice within the resolution of
// its times, so a copy in between has no stamp.
func TestStampsOfTheMoment(t *testing.T) {
	t.Parallel()
	src, dst := t.TempDir(), filepath.Join(t.TempDir(), "dst")
	file := filepath.Join(src, "file")
	for range 20 {
		require.NoError(t, os.RemoveAll(dst))
		require.NoError(t, os.WriteFile(file, []byte("old"), 0o600))
		first, err := CopyTree(context.Background(), src, dst, CopyOptions{Stamp: true})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, []byte("new"), 0o600))
		_, err = CopyTree(context.Background(), src, dst, CopyOptions{Known: first.Stamps})
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(dst, "file"))
		require.NoError(t, err)
		require.Equal(t, "new", string(got))
	}
	old := time.Now().Add(-time.Second).Truncate(time.Second)
	require.NoError(t, os.Chtimes(file, old, old))
	copied, err := CopyTree(context.Background(), src, dst+"2", CopyOptions{Stamp: true})
	require.NoError(t, err)
	require.Equal(t, Stamp{}, copied.Stamps["file"], "no fractions of seconds: it may be a coarse clock")
}
