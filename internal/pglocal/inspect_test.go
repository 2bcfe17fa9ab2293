package pglocal

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// A keeper that ends takes its state away first, then the data, file by file.
func TestInspectWhileDataIsDropped(t *testing.T) {
	t.Parallel()
	c := cluster{newDir(t)}
	require.NoError(t, os.MkdirAll(c.data(), 0o700))
	lock, err := takeLock(t.Context(), c.path("keeper.lock"))
	require.NoError(t, err)
	s, err := Inspect(c.dir)
	require.NoError(t, err)
	require.False(t, s.Exists)

	require.NoError(t, lock.Close())
	_, err = Inspect(c.dir)
	require.ErrorContains(t, err, "isn't a data directory", "nobody is dropping it")
}
