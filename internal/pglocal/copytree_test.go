package pglocal

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func makeTree(t testing.TB, dir string) {
	t.Helper()
	for i := range 40 {
		sub := filepath.Join(dir, "base", fmt.Sprint(i%4))
		require.NoError(t, os.MkdirAll(sub, 0o700))
		content := strings.Repeat(fmt.Sprint(i, ","), i*3000)
		require.NoError(t, os.WriteFile(filepath.Join(sub, fmt.Sprint(i)), []byte(content), 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "script"), []byte("x"), 0o700))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "pg_wal"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pg_wal", "seg"), []byte("x"), 0o600))
	require.NoError(t, os.Symlink("base/1", filepath.Join(dir, "link")))
	require.NoError(t, unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
}

// listing is every path with its mode and content.
func listing(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		rel, err := filepath.Rel(dir, path)
		require.NoError(t, err)
		content := info.Mode().String()
		switch {
		case d.Type() == fs.ModeSymlink:
			to, err := os.Readlink(path)
			require.NoError(t, err)
			content += to
		case d.Type().IsRegular():
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			content += string(b)
		}
		all[rel] = content
		return nil
	}))
	return all
}

func TestCopyTree(t *testing.T) {
	t.Parallel()
	src, dst := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "dst")
	makeTree(t, src)
	done, err := CopyTree(context.Background(), src, dst, CopyOptions{})
	require.NoError(t, err)
	want := listing(t, src)
	delete(want, "fifo")
	require.Equal(t, want, listing(t, dst))
	require.Equal(t, 42, done.Files)
	method := CopyPlain
	if ProbeReflink(filepath.Dir(dst)) {
		method = CopyReflink
	}
	require.Equal(t, method, done.Method)
	var bytes int64
	for _, content := range want {
		if content[0] == '-' {
			bytes += int64(len(content) - 10)
		}
	}
	require.Equal(t, bytes, done.Bytes)

	_, err = CopyTree(context.Background(), src, dst, CopyOptions{})
	require.ErrorIs(t, err, fs.ErrExist, "it doesn't write over anything")
	_, err = CopyTree(context.Background(), filepath.Join(src, "nothing"), dst+"2", CopyOptions{Live: true})
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestCopyTreeSkip(t *testing.T) {
	t.Parallel()
	src, dst := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "dst")
	makeTree(t, src)
	_, err := CopyTree(context.Background(), src, dst, CopyOptions{Workers: 2, Skip: func(path string, dir bool) bool {
		require.Equal(t, dir, path != "script" && path != "link" && path != "fifo" && strings.Count(path, "/") < 2 && path != "pg_wal/seg", path)
		return path == "base/1" || path == "pg_wal/seg" || path == "fifo"
	}})
	require.NoError(t, err)
	require.NoDirExists(t, filepath.Join(dst, "base", "1"))
	require.DirExists(t, filepath.Join(dst, "pg_wal"))
	require.NoFileExists(t, filepath.Join(dst, "pg_wal", "seg"))
	require.FileExists(t, filepath.Join(dst, "base", "2", "2"))
}

// TestCopyTreeLive copies what another goroutine takes away.
func TestCopyTreeLive(t *testing.T) {
	t.Parallel()
	src, dst := filepath.Join(t.TempDir(), "src"), filepath.Join(t.TempDir(), "dst")
	makeTree(t, src)
	gone := filepath.Join(src, "base", "3")
	copyIt := func(live bool, to string) error {
		_, err := CopyTree(context.Background(), src, to, CopyOptions{Live: live, Workers: 1, Skip: func(path string, dir bool) bool {
			if path == "base/3/15" { // the folder was read, its files weren't
				entries, err := os.ReadDir(gone)
				require.NoError(t, err)
				for _, e := range entries {
					require.NoError(t, os.Remove(filepath.Join(gone, e.Name())))
				}
			}
			return false
		}})
		return err
	}
	require.NoError(t, copyIt(true, dst))
	require.FileExists(t, filepath.Join(dst, "base", "2", "2"))

	makeAgain := filepath.Join(t.TempDir(), "src")
	makeTree(t, makeAgain)
	src, gone = makeAgain, filepath.Join(makeAgain, "base", "3")
	require.ErrorIs(t, copyIt(false, dst+"2"), fs.ErrNotExist)
}

func TestCopyTreeCalledOff(t *testing.T) {
	t.Parallel()
	src := filepath.Join(t.TempDir(), "src")
	makeTree(t, src)
	ctx, cancel := context.WithCancel(context.Background())
	_, err := CopyTree(ctx, src, filepath.Join(t.TempDir(), "dst"), CopyOptions{Skip: func(string, bool) bool { cancel(); return false }})
	require.ErrorIs(t, err, context.Canceled)
}

func BenchmarkCopyTemplate(b *testing.B) {
	in, err := Find(context.Background(), FindConfig{})
	require.NoError(b, err)
	template, err := ensureTemplate(context.Background(), in, "", orDiscard(nil))
	require.NoError(b, err)
	dir := b.TempDir()
	for i := 0; b.Loop(); i++ {
		_, err := CopyTree(context.Background(), template, filepath.Join(dir, fmt.Sprint(i)), CopyOptions{})
		require.NoError(b, err)
	}
}
