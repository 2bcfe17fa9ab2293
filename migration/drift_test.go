package migration_test

import (
	"os"
	"strings"
	"testing"

	"github.com/espalier-go/espalier/migration"
	"github.com/stretchr/testify/require"
)

// drift is Drift on a directory.
func drift(t testing.TB, url, dir string, dev *devs) *migration.DriftReport {
	t.Helper()
	rep, err := migration.Drift(t.Context(), url, os.DirFS(dir), dev.Dev, nil)
	require.NoError(t, err)
	return rep
}

func requireNoDrift(t testing.TB, url, dir string, dev *devs) {
	t.Helper()
	rep := drift(t, url, dir, dev)
	require.Empty(t, rep.Differences)
	require.Empty(t, rep.Restore+rep.TakeOver+rep.Unplanned)
}

func TestDrift(t *testing.T) {
	t.Parallel()
	dev, url := newDevs(t), empty(t)
	dir := folder(t, "1_rich.sql", rich, "2_more.sql", "CREATE TABLE more (id int);")
	require.Empty(t, drift(t, url, dir, dev).Version)
	requireNoDrift(t, url, dir, dev)
	_, err := apply(t, url, dir, &migration.ApplyConfig{Limit: 1})
	require.NoError(t, err)
	run(t, url, `CREATE SCHEMA neon_auth; CREATE TABLE neon_auth.users (id int); CREATE SCHEMA mine; CREATE TABLE mine.x (id int)`)
	rep, err := migration.Drift(t.Context(), url, os.DirFS(dir), dev.Dev, &migration.DriftConfig{IgnoreSchemas: []string{"mine"}})
	require.NoError(t, err)
	require.Empty(t, rep.Differences, "files that are pending and schemas of others don't count")
	require.Equal(t, "1", rep.Version)

	run(t, url, `DROP SCHEMA mine CASCADE; DROP INDEX posts_author; DROP VIEW all_names; CREATE VIEW all_names AS SELECT id FROM user_names WHERE name IN ('a', 'b');
		CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'; CREATE TABLE by_hand (id int);
		ALTER TABLE users ADD COLUMN extra text; DROP POLICY own ON users; GRANT DELETE ON posts TO PUBLIC; COMMENT ON TABLE users IS 'others'`)
	rep = drift(t, url, dir, dev)
	require.Empty(t, rep.Unplanned)
	var objects []string
	for _, d := range rep.Differences {
		line := d.String()
		if strings.HasPrefix(line, "view ") {
			line = d.Object // majors print views in their own ways
		}
		objects = append(objects, line)
	}
	require.Equal(t, []string{
		"column public.by_hand.id is not in the migrations",
		"column public.users.extra is not in the migrations",
		"comment public.users.POLICY own is missing in the database",
		`comment public.users.TABLE is "others", in the migrations "people"`,
		`function public.touch() is "CREATE OR REPLACE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $function$BEGIN RETURN OLD; END$function$", in the migrations "CREATE OR REPLACE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $function$ BEGIN RETURN NEW; END $function$"`,
		"grant public.posts.TABLE to PUBLIC is not in the migrations",
		"index public.posts.posts_author is missing in the database",
		"policy public.users.own is missing in the database",
		"table public.by_hand is not in the migrations",
		"view public.all_names",
	}, objects)

	// Either way leads to no drift.
	taken := folder(t, "1_rich.sql", rich, "1a_taken.sql", rep.TakeOver)
	run(t, url, `INSERT INTO atlas_schema_revisions.atlas_schema_revisions SELECT '1a', 'taken', type, 1, 1, now(), 0, '', '', '', 'null', '' FROM atlas_schema_revisions.atlas_schema_revisions`)
	requireNoDrift(t, url, taken, dev)
	run(t, url, `DELETE FROM atlas_schema_revisions.atlas_schema_revisions WHERE version = '1a'`)
	run(t, url, rep.Restore)
	requireNoDrift(t, url, dir, dev)
}

func TestDriftRefuses(t *testing.T) {
	t.Parallel()
	dev, url := newDevs(t), empty(t)
	dir := folder(t, "1_a.sql", none+"CREATE TABLE a (id int); SELECT nothing;")
	_, err := apply(t, url, dir, nil)
	require.Error(t, err)
	_, err = migration.Drift(t.Context(), url, os.DirFS(dir), dev.Dev, nil)
	require.ErrorContains(t, err, "version 1 is applied in part")
	require.NotEmpty(t, hint(err))
	write(t, dir, "1_a.sql", none+"CREATE TABLE a (id int); SELECT 1;")
	require.NoError(t, migration.Hash(dir))
	_, err = apply(t, url, dir, nil)
	require.NoError(t, err)
	_, err = migration.Drift(t.Context(), url, os.DirFS(folder(t, "2_b.sql", "SELECT 1;")), dev.Dev, nil)
	require.ErrorIs(t, err, migration.ErrNotFound)
	_, err = migration.Drift(t.Context(), "postgres://u:secret@ep-x-pooler.aws.neon.tech/db", os.DirFS(dir), dev.Dev, nil)
	require.ErrorIs(t, err, migration.ErrPooledURL)

	// What can't be made on the dev server is told, not hidden.
	run(t, url, `CREATE TABLE part (id int) PARTITION BY LIST (id); DROP TABLE a; CREATE TABLE a (id int) PARTITION BY HASH (id)`)
	rep := drift(t, url, dir, dev)
	require.Len(t, rep.Differences, 3)
}
