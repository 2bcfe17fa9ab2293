package migration_test

import (
	"os"
	"testing"

	"github.com/espalier-go/espalier/migration"
	"github.com/stretchr/testify/require"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);", "2_b.sql", "CREATE TABLE b (id int);")
	rep := status(t, url, dir)
	require.Equal(t, "", rep.Current)
	require.Equal(t, "1", rep.Next)
	require.Len(t, rep.Pending, 2)
	require.Empty(t, texts(t, url, "SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'atlas%'"), "status writes nothing")

	_, err := apply(t, url, dir, nil)
	require.NoError(t, err)
	rep = status(t, url, dir)
	require.True(t, rep.UpToDate())
	require.Equal(t, "2", rep.Current)
	require.Equal(t, "", rep.Next)
	require.Equal(t, "b", rep.Applied[1].Description)
	require.False(t, rep.Applied[1].ExecutedAt.IsZero())

	// Another branch's directory: its file 2 is another one, 3 was never there.
	run(t, url, `INSERT INTO atlas_schema_revisions.atlas_schema_revisions SELECT '3', 'other', type, applied, total, executed_at, execution_time, error, error_stmt, hash, partial_hashes, operator_version FROM atlas_schema_revisions.atlas_schema_revisions WHERE version = '2'`)
	rep = status(t, url, dir)
	require.Len(t, rep.Unknown, 1)
	require.Equal(t, "3", rep.Unknown[0].Version)

	// A revision that was begun and whose file is gone.
	run(t, url, `UPDATE atlas_schema_revisions.atlas_schema_revisions SET total = 9 WHERE version = '3'`)
	rep = status(t, url, dir)
	require.Equal(t, "3", rep.Failed.Version)
	require.False(t, rep.UpToDate())
	_, err = apply(t, url, dir, nil)
	require.ErrorIs(t, err, migration.ErrNotFound)
}

func TestStatusRefuses(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);")
	write(t, dir, "1_a.sql", "CREATE TABLE b (id int);")
	_, err := migration.Status(t.Context(), url, os.DirFS(dir), nil)
	var sum *migration.ChecksumError
	require.ErrorAs(t, err, &sum)

	dir = folder(t, "1_a.sql", "CREATE TABLE a (id int);")
	run(t, url, "CREATE SCHEMA atlas_schema_revisions; CREATE TABLE atlas_schema_revisions.atlas_schema_revisions (version text)")
	_, err = migration.Status(t.Context(), url, os.DirFS(dir), nil)
	require.ErrorContains(t, err, "revision table")
	require.NotEmpty(t, hint(err))
}
