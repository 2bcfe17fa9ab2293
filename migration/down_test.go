package migration_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/espalier-go/espalier/migration"
	"github.com/stretchr/testify/require"
)

func down(t testing.TB, url, dir string, dev *devs, cfg *migration.DownConfig) (*migration.DownResult, error) {
	t.Helper()
	return migration.Down(t.Context(), url, os.DirFS(dir), dev.Dev, cfg)
}

func TestDown(t *testing.T) {
	t.Parallel()
	dev, url := newDevs(t), emptyForAtlas(t)
	dir := folder(t, "1_users.sql", users, "2_rich.sql", "DROP TABLE users;"+rich, "3_index.sql", none+"CREATE INDEX CONCURRENTLY by_n ON users (n);",
		"4_enum.sql", "ALTER TYPE mood ADD VALUE 'so' AFTER 'ok';", "5_view.sql", "DROP VIEW all_names; DROP VIEW user_names; DROP TRIGGER users_touch ON users; DROP POLICY own ON users; ALTER TABLE users ALTER name TYPE text; CREATE VIEW user_names AS SELECT 1 AS one;")
	_, err := down(t, url, dir, dev, nil)
	require.ErrorIs(t, err, migration.ErrNothingApplied)
	_, err = apply(t, url, dir, nil)
	require.NoError(t, err)
	run(t, url, "INSERT INTO users (name) VALUES ('a'); INSERT INTO ul VALUES (1)")

	dry, err := down(t, url, dir, dev, &migration.DownConfig{DryRun: true})
	require.NoError(t, err)
	require.Contains(t, dry.SQL, `ALTER COLUMN "name" TYPE character varying(30)`)
	requireNoDrift(t, url, dir, dev)
	res, err := down(t, url, dir, dev, nil)
	require.NoError(t, err)
	require.Equal(t, dry.SQL, res.SQL)
	require.Equal(t, []string{"5", "4"}, []string{res.From, res.To})
	require.Len(t, status(t, url, dir).Applied, 4)
	requireNoDrift(t, url, dir, dev)

	// Two steps at once: a value less, an index less.
	res, err = down(t, url, dir, dev, &migration.DownConfig{To: "2"})
	require.NoError(t, err)
	require.Len(t, res.Reverted, 2)
	require.Empty(t, res.Loses)
	requireNoDrift(t, url, dir, dev)
	require.Equal(t, []string{"ok"}, texts(t, url, "SELECT feels::text FROM users"))

	// Data is not dropped, and nothing happens.
	before := revisionRows(t, url)
	_, err = down(t, url, dir, dev, nil)
	var loss *migration.LossError
	require.ErrorAs(t, err, &loss)
	require.Equal(t, []string{"drops column public.users.feels", "drops column public.users.n", "drops column public.users.p", "drops column public.users.tags", "drops table public.ul"}, loss.Loses)
	require.Contains(t, hint(err), "--allow-loss")
	require.Equal(t, before, revisionRows(t, url))
	requireNoDrift(t, url, dir, dev)
	require.Contains(t, requireTheirs(t, "status", url, dir), "Next Version:    3")

	_, err = down(t, url, dir, dev, &migration.DownConfig{AllowLoss: true})
	require.NoError(t, err)
	requireNoDrift(t, url, dir, dev)
	require.Contains(t, requireTheirs(t, "status", url, dir), "Current Version: 1")
	res, err = down(t, url, dir, dev, &migration.DownConfig{AllowLoss: true})
	require.NoError(t, err)
	require.Empty(t, res.To)
	require.Empty(t, tables(t, url))
	requireTheirs(t, "apply", url, dir)
	require.True(t, status(t, url, dir).UpToDate())
}

func TestDownByHand(t *testing.T) {
	t.Parallel()
	dev, url := newDevs(t), empty(t)
	dir := folder(t, "1_u.sql", "CREATE TABLE u (id int, full_name text); INSERT INTO u VALUES (1, 'A B');",
		"2_split.sql", "ALTER TABLE u RENAME full_name TO first; ALTER TABLE u ADD last text; UPDATE u SET last = 'B', first = 'A';",
		"3_more.sql", "CREATE TABLE more (id int);", "4_view.sql", "CREATE VIEW v AS SELECT last FROM u;")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "down"), 0o755))
	hand := "UPDATE u SET first = first || ' ' || last;\nALTER TABLE u DROP last;\nALTER TABLE u RENAME first TO full_name;"
	write(t, filepath.Join(dir, "down"), "2_split.sql", hand)
	_, err := apply(t, url, dir, nil)
	require.NoError(t, err)

	_, err = down(t, url, dir, dev, &migration.DownConfig{To: "1"})
	var loss *migration.LossError
	require.ErrorAs(t, err, &loss)
	require.Equal(t, []string{"drops column public.u.last"}, loss.Loses, "a rename by hand is none")
	res, err := down(t, url, dir, dev, &migration.DownConfig{To: "1", AllowLoss: true})
	require.NoError(t, err)
	require.Equal(t, []string{"2_split.sql"}, res.ByHand)
	require.Equal(t, []string{"A B"}, texts(t, url, "SELECT full_name FROM u"))
	requireNoDrift(t, url, dir, dev)

	_, err = apply(t, url, dir, nil)
	require.NoError(t, err)
	for text, want := range map[string]string{
		"ALTER TABLE u DROP last;":   "column public.u.first is left over",
		"ALTER TABLE u\n DROP gone;": "down/2_split.sql:1: ERROR: column \"gone\"",
		"BEGIN; ALTER TABLE u;":      "controls transactions",
	} {
		write(t, filepath.Join(dir, "down"), "2_split.sql", text)
		_, err = down(t, url, dir, dev, &migration.DownConfig{To: "1", AllowLoss: true})
		require.ErrorContains(t, err, want)
		require.NotEmpty(t, hint(err))
	}
	require.Len(t, status(t, url, dir).Applied, 4)
}

func TestDownRefuses(t *testing.T) {
	t.Parallel()
	dev, url := newDevs(t), empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);", "2_b.sql", "ALTER TABLE a ADD b int;", "3_c.sql", "CREATE TABLE c (id int);")
	_, err := apply(t, url, dir, nil)
	require.NoError(t, err)
	_, err = down(t, url, dir, dev, &migration.DownConfig{To: "9"})
	require.ErrorIs(t, err, migration.ErrNotFound)
	_, err = down(t, url, dir, dev, &migration.DownConfig{To: "3"})
	require.ErrorContains(t, err, "already")

	// The target is not what the files say: all is rolled back.
	run(t, url, "ALTER TABLE a DROP b")
	_, err = down(t, url, dir, dev, &migration.DownConfig{To: "1"})
	require.ErrorContains(t, err, `column "b"`)
	require.Contains(t, hint(err), "drift")
	require.Equal(t, []string{"a", "c"}, tables(t, url))
	require.Len(t, status(t, url, dir).Applied, 3)

	// Somebody else holds the table.
	run(t, url, "ALTER TABLE a ADD b int")
	holder := open(t, url)
	_, err = holder.Exec(t.Context(), "BEGIN; LOCK TABLE a")
	require.NoError(t, err)
	_, err = down(t, url, dir, dev, &migration.DownConfig{To: "1", LockTimeout: 10 * time.Millisecond})
	require.ErrorContains(t, err, "55P03")
	require.NoError(t, holder.Close(context.Background()))
	_, err = down(t, url, dir, dev, &migration.DownConfig{To: "0"})
	require.NoError(t, err)
	require.Empty(t, tables(t, url))
}
