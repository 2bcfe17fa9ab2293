package pglocal

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTemplateIsSlim counts what every cluster and branch is a copy of, and
// uses, vacuums and checks what lost its maps.
func TestTemplateIsSlim(t *testing.T) {
	t.Parallel()
	in, err := Find(t.Context(), FindConfig{})
	require.NoError(t, err)
	template, err := ensureTemplate(t.Context(), in, "", orDiscard(nil))
	require.NoError(t, err)
	for _, pattern := range []string{"base/*/*_fsm", "base/*/*_vm", "global/*_fsm", "global/*_vm"} {
		found, err := filepath.Glob(filepath.Join(template, pattern))
		require.NoError(t, err)
		require.Empty(t, found)
	}
	segments, err := filepath.Glob(filepath.Join(template, "pg_wal", "0*"))
	require.NoError(t, err)
	require.Len(t, segments, 1, "the segment of the shutdown's checkpoint")
	unused, err := unusedSegment(segments[0])
	require.NoError(t, err)
	require.False(t, unused)

	srv := mustStart(t, newDir(t), Config{Install: in})
	conn := connect(t, srv.AdminConnString("postgres"))
	for _, sql := range []string{
		`CREATE TABLE item AS SELECT i FROM generate_series(1, 1000) AS i`,
		`CREATE INDEX ON item (i)`, `DROP TABLE item`, `VACUUM FREEZE`, `REINDEX SYSTEM postgres`,
	} {
		mustExec(t, conn, sql)
	}
	data, err := filepath.Glob(filepath.Join(srv.DataDir(), "base", "5", "*_vm"))
	require.NoError(t, err)
	require.NotEmpty(t, data, "a vacuum makes the maps again")
}

func TestUnusedSegment(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "000000010000000000000003")
	require.NoError(t, os.WriteFile(path, make([]byte, 8192), 0o600))
	unused, err := unusedSegment(path)
	require.NoError(t, err)
	require.True(t, unused, "zeros were made ahead")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	_, err = unusedSegment(path)
	require.Error(t, err)
}
