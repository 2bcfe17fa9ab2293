package localbranch

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/espalier-go/espalier/internal/pglocal"
	"github.com/stretchr/testify/require"
)

// TestCopyFile copies segments with data at every place.
func TestCopyFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	owner, err := pglocal.Owner(dir)
	require.NoError(t, err)
	src, dst := filepath.Join(dir, "src"), filepath.Join(dir, "dst")
	for _, c := range []struct{ size, at int }{{0, -1}, {1, 0}, {1 << 20, -1}, {1 << 20, 0}, {1 << 20, 1<<20 - 1}, {1<<20 + 5, 70_000}, {100_000, 99_999}} {
		content := make([]byte, c.size)
		if c.at >= 0 {
			content[c.at] = 'x'
		}
		require.NoError(t, os.WriteFile(src, content, 0o600))
		require.NoError(t, copyFile(src, dst, owner))
		got, err := os.ReadFile(dst)
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, got), c)
		info, err := os.Stat(dst)
		require.NoError(t, err)
		if st, ok := info.Sys().(*syscall.Stat_t); ok && c.size == 1<<20 {
			require.LessOrEqual(t, st.Blocks*512, int64(128<<10), "the zeros take no space: %v", c)
		}
		require.ErrorIs(t, copyFile(src, dst, owner), os.ErrExist)
		require.NoError(t, os.Remove(dst))
	}
}
