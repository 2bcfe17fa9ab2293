package migration_test

import (
	"os"
	"strings"
	"testing"

	"ariga.io/atlas/sql/migrate"
	"github.com/espalier-go/espalier/migration"
	"github.com/stretchr/testify/require"
)

// A database that begins with the checkpoint is one that had the files before
// it, under either command line.
func TestCheckpoint(t *testing.T) {
	t.Parallel()
	dev := newDevs(t)
	dir := folder(t, "20250101000000_rich.sql", rich, "20250102000000_rows.sql", `INSERT INTO users (name, feels, n) VALUES ('a', 'bad', 7), ('b', NULL, NULL); INSERT INTO posts (author) SELECT id FROM users;
INSERT INTO ev VALUES (1, '2026-01-05 00:00Z'), (2, '2030-01-01 00:00Z'); UPDATE users SET best = 1; SELECT nextval('tickets');`)
	old := empty(t)
	_, err := apply(t, old, dir, nil)
	require.NoError(t, err)
	f, err := migration.Checkpoint(t.Context(), dir, "all", dev.Dev, &migration.CheckpointConfig{Tag: "v1", Now: clock("20260101000000")})
	require.NoError(t, err)
	require.Equal(t, "20260101000000_all.sql", f.Name)
	require.True(t, strings.HasPrefix(f.SQL, "-- atlas:checkpoint v1\n\n"), f.SQL[:60])
	require.NotContains(t, f.SQL, "espalier:owns", "made by hand, it stays made by hand")
	_, err = migration.Checkpoint(t.Context(), dir, "all", dev.Dev, nil)
	require.ErrorIs(t, err, migration.ErrNoChanges)
	require.NoError(t, migration.Validate(os.DirFS(dir)))

	// The rest of the directory goes on from there.
	_, err = migration.New(dir, "more", &migration.NewConfig{SQL: "CREATE TABLE more (id int); INSERT INTO users (name) VALUES ('b');", Now: clock("20260102000000")})
	require.NoError(t, err)
	ours, theirs := empty(t), emptyForAtlas(t)
	// The pinned command line is older than checkpoints and runs all files it
	// finds; it gets those that later ones choose by themselves.
	local, err := migrate.NewLocalDir(dir)
	require.NoError(t, err)
	require.NoError(t, migrate.Validate(local))
	chosen, err := local.FilesFromCheckpoint("20260101000000_all.sql")
	require.NoError(t, err)
	require.Len(t, chosen, 2)
	young := t.TempDir()
	for _, f := range chosen {
		write(t, young, f.Name(), string(f.Bytes()))
	}
	require.NoError(t, migration.Hash(young))
	res, err := apply(t, ours, dir, nil)
	require.NoError(t, err)
	require.Len(t, res.Applied, 2)
	requireTheirs(t, "apply", theirs, young)
	_, err = apply(t, old, dir, nil)
	require.NoError(t, err)
	for _, url := range []string{old, ours, theirs} {
		requireNoDrift(t, url, dir, dev)
		require.Equal(t, texts(t, old, "SELECT to_jsonb(u)::text FROM users u ORDER BY id"), texts(t, url, "SELECT to_jsonb(u)::text FROM users u ORDER BY id"))
		require.Equal(t, []string{"105"}, texts(t, url, "SELECT nextval('tickets')::text"))
		require.True(t, status(t, url, dir).UpToDate())
	}
	_, err = migration.Diff(t.Context(), dir, "none", state(rich, "CREATE TABLE more (id int);"), dev.Dev, nil)
	require.ErrorIs(t, err, migration.ErrNoChanges)
	_, err = down(t, ours, dir, dev, &migration.DownConfig{AllowLoss: true})
	require.NoError(t, err)
	requireNoDrift(t, ours, dir, dev)
}

// What a diff made is still its own after a checkpoint.
func TestCheckpointKeepsOwners(t *testing.T) {
	t.Parallel()
	dev, dir := newDevs(t), t.TempDir()
	_, err := migration.Diff(t.Context(), dir, "one", state(users, "CREATE VIEW v AS SELECT 1 AS one;"), dev.Dev, nil)
	require.NoError(t, err)
	_, err = migration.New(dir, "hand", &migration.NewConfig{SQL: "CREATE VIEW hand AS SELECT 2 AS two;"})
	require.NoError(t, err)
	_, err = migration.Checkpoint(t.Context(), dir, "all", dev.Dev, nil)
	require.NoError(t, err)
	f, err := diff1(t.Context(), dir, "drop", state(users), dev.Dev, nil)
	require.NoError(t, err)
	require.Equal(t, `DROP VIEW "v";`, code(f))
	_, err = migration.Checkpoint(t.Context(), dir, "bad tag", dev.Dev, nil)
	require.ErrorIs(t, err, migration.ErrInvalidName)
	_, err = migration.Checkpoint(t.Context(), dir, "tag", dev.Dev, &migration.CheckpointConfig{Tag: "a b"})
	require.ErrorContains(t, err, "not a word")
}
