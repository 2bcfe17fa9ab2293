package migration_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/espalier-go/espalier/migration"
	"github.com/stretchr/testify/require"
)

func TestRebase(t *testing.T) {
	t.Parallel()
	dev := newDevs(t)
	const base = "CREATE TABLE u (id int PRIMARY KEY, name text);"
	for name, c := range map[string]struct {
		ours, theirs string
		commute      bool
		clashes      []string
		other        string
	}{
		"they commute":           {"CREATE TABLE a (id int);", "CREATE TABLE b (id int);", true, nil, ""},
		"columns only":           {"ALTER TABLE u ADD a int;", "ALTER TABLE u ADD b int;", true, nil, ""},
		"the last one wins":      {"CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';", "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2';", false, []string{"function public.f()"}, ""},
		"ours needs theirs":      {"ALTER TABLE b ADD a int;", "CREATE TABLE b (id int);", false, nil, `relation "b" does not exist`},
		"a comment and a rename": {"COMMENT ON COLUMN u.name IS 'x';", "UPDATE u SET name = '';", true, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, "20260101000000_base.sql", base, "20260102000000_ours.sql", c.ours, "20260103000000_theirs.sql", c.theirs)
			require.NoError(t, os.Mkdir(filepath.Join(dir, "down"), 0o755))
			write(t, filepath.Join(dir, "down"), "20260102000000_ours.sql", "SELECT 1;")
			write(t, dir, "atlas.sum", "<<<<<<< HEAD\n=======\n>>>>>>> main\n")
			before := paths(t, dir)
			cfg := &migration.RebaseConfig{Now: clock("20260104000000"), DryRun: true}
			res, err := migration.Rebase(t.Context(), dir, []string{"20260102000000"}, dev.Dev, cfg)
			require.NoError(t, err)
			require.Equal(t, before, paths(t, dir))
			cfg.DryRun = false
			done, err := migration.Rebase(t.Context(), dir, []string{"20260102000000_ours.sql"}, dev.Dev, cfg)
			require.NoError(t, err)
			require.Equal(t, res, done)
			require.Equal(t, []migration.MovedFile{{From: "20260102000000_ours.sql", To: "20260104000000_ours.sql"}}, res.Moved)
			require.Equal(t, c.commute, res.Commute)
			var clashes []string
			for _, d := range res.Clashes {
				clashes = append(clashes, d.Object)
			}
			require.Equal(t, c.clashes, clashes)
			require.Contains(t, res.OtherOrder, c.other)
			require.NoError(t, migration.Validate(os.DirFS(dir)))
			require.Equal(t, []string{"20260101000000_base.sql", "20260103000000_theirs.sql", "20260104000000_ours.sql", "atlas.sum", "down/20260104000000_ours.sql"}, paths(t, dir))
			again, err := migration.Rebase(t.Context(), dir, []string{"20260104000000"}, dev.Dev, cfg)
			require.NoError(t, err)
			require.Empty(t, again.Moved, "they come last already")
		})
	}
}

func TestRebaseRefuses(t *testing.T) {
	t.Parallel()
	dev := newDevs(t)
	dir := folder(t, "1_ours.sql", "ALTER TABLE u ADD a int;", "2_theirs.sql", "DROP TABLE u;", "0_base.sql", "CREATE TABLE u (id int);")
	before := snapshot(t, dir)
	_, err := migration.Rebase(t.Context(), dir, []string{"1"}, dev.Dev, nil)
	require.ErrorContains(t, err, `1_ours.sql:1: ERROR: relation "u" does not exist`)
	require.NotEmpty(t, hint(err))
	_, err = migration.Rebase(t.Context(), dir, []string{"7"}, dev.Dev, nil)
	require.ErrorIs(t, err, migration.ErrNotFound)
	_, err = migration.Rebase(t.Context(), dir, nil, dev.Dev, nil)
	require.ErrorContains(t, err, "no file")
	require.Equal(t, before, snapshot(t, dir))
}

// paths are the names of the files in a folder and the one below it.
func paths(t testing.TB, dir string) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*", "down/*"} {
		list, err := filepath.Glob(filepath.Join(dir, pattern))
		require.NoError(t, err)
		for _, f := range list {
			if info, err := os.Stat(f); err == nil && !info.IsDir() {
				rel, err := filepath.Rel(dir, f)
				require.NoError(t, err)
				names = append(names, rel)
			}
		}
	}
	slices.Sort(names)
	return names
}
