package migration_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/espalier-go/espalier/migration"
	"github.com/espalier-go/espalier/neontest"
	"github.com/stretchr/testify/require"
)

// atlasBinary builds the official command line that tools/go.mod pins. It
// doesn't need cgo, which would nearly double the time of a cold build.
var atlasBinary = sync.OnceValues(func() (string, error) {
	cmd := exec.Command("go", "tool", "-n", "-modfile=tools/go.mod", "atlas")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("build the Atlas command line: %w\n%s", err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
})

// atlas runs the official command line and returns what it prints.
func atlas(t testing.TB, env []string, args ...string) (string, error) {
	t.Helper()
	bin, err := atlasBinary()
	require.NoError(t, err)
	cmd := exec.Command(bin, args...)
	cmd.Dir = ".."
	cmd.Env = append(append(os.Environ(), "ATLAS_NO_UPDATE_NOTIFIER=1"), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// theirs is atlas on a database and a directory.
func theirs(t testing.TB, verb, url, dir string, args ...string) (string, error) {
	t.Helper()
	return atlas(t, nil, append([]string{"migrate", verb, "--url", url, "--dir", "file://" + dir}, args...)...)
}

func requireTheirs(t testing.TB, verb, url, dir string, args ...string) string {
	t.Helper()
	out, err := theirs(t, verb, url, dir, args...)
	require.NoError(t, err, out)
	return out
}

// emptyForAtlas is a new database that the pinned command line can connect to:
// it asks for two settings that Postgres 16 took away (ent/ent#3750). In this
// database alone they are given back.
func emptyForAtlas(t testing.TB) string {
	t.Helper()
	url := empty(t)
	if texts(t, url, "SELECT current_setting('server_version_num')")[0] < "160000" {
		return url
	}
	run(t, url, `SET allow_system_table_mods = on;
		CREATE OR REPLACE VIEW pg_catalog.pg_settings AS SELECT * FROM pg_catalog.pg_show_all_settings()
		UNION ALL SELECT lost, setting, unit, category, short_desc, extra_desc, context, vartype, source, min_val, max_val,
			enumvals, boot_val, reset_val, sourcefile, sourceline, pending_restart
		FROM pg_catalog.pg_show_all_settings() s, (VALUES ('lc_collate'), ('lc_ctype')) v (lost) WHERE s.name = 'lc_messages'`)
	return url
}

// revisionRows are the rows but their times and operator.
func revisionRows(t testing.TB, url string) []string {
	t.Helper()
	return texts(t, url, `SELECT (to_jsonb(r) - 'executed_at' - 'execution_time' - 'operator_version')::text
		FROM atlas_schema_revisions.atlas_schema_revisions r ORDER BY version`)
}

// revisionTable is the table's definition.
func revisionTable(t testing.TB, url string) []string {
	t.Helper()
	return texts(t, url, `SELECT format('%s %s %s %s', attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
		FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
		WHERE attrelid = 'atlas_schema_revisions.atlas_schema_revisions'::regclass AND attnum > 0
		UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
		WHERE conrelid = 'atlas_schema_revisions.atlas_schema_revisions'::regclass AND contype <> 'n' ORDER BY 1`)
}

func compatDir(t testing.TB) string {
	return folder(t,
		"20260101000000_users.sql", users+"\nCREATE TABLE tags (id int PRIMARY KEY, label text DEFAULT 'a;b');\n-- The end.\n",
		"20260101000001_empty.sql", "",
		"20260101000002_function.sql", "-- A comment; with a semicolon.\nCREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$\nBEGIN\n  NEW.id = NEW.id; RETURN NEW;\nEND\n$body$;\nCREATE TRIGGER t BEFORE UPDATE ON tags FOR EACH ROW EXECUTE FUNCTION touch();\n",
		"20260101000003_index.sql", none+"CREATE INDEX CONCURRENTLY by_label ON tags (label);\nCREATE INDEX CONCURRENTLY by_both ON tags (id, label);\n",
		"20260101000004.sql", "INSERT INTO tags VALUES (1, 'x'), (2, '--');",
		"20260101000005_last_one.sql", "UPDATE tags SET label = 'ä';",
	)
}

// Half with theirs and the rest with ours, and the other way round: the rows
// are those that either writes alone, and both say that all is applied.
func TestCompatibleWithAtlas(t *testing.T) {
	t.Parallel()
	dir := compatDir(t)
	out, err := atlas(t, nil, "migrate", "validate", "--dir", "file://"+dir)
	require.NoError(t, err, "theirs accepts our atlas.sum: %s", out)
	sum := snapshot(t, dir)["atlas.sum"]
	out, err = atlas(t, nil, "migrate", "hash", "--dir", "file://"+dir)
	require.NoError(t, err, out)
	require.Equal(t, snapshot(t, dir)["atlas.sum"], sum)

	applyTheirs := func(url string, n string) { requireTheirs(t, "apply", url, dir, n) }
	applyOurs := func(url string, n int) {
		_, err := apply(t, url, dir, &migration.ApplyConfig{Limit: n})
		require.NoError(t, err)
	}
	alone := emptyForAtlas(t)
	applyTheirs(alone, "6")
	want := revisionRows(t, alone)
	require.Len(t, want, 6)

	mixed := map[string]string{"theirs alone": alone, "ours alone": emptyForAtlas(t), "theirs, ours": emptyForAtlas(t), "ours, theirs": emptyForAtlas(t)}
	applyOurs(mixed["ours alone"], 0)
	applyTheirs(mixed["theirs, ours"], "3")
	applyOurs(mixed["theirs, ours"], 0)
	applyOurs(mixed["ours, theirs"], 3)
	applyTheirs(mixed["ours, theirs"], "3")
	for name, url := range mixed {
		require.Equal(t, want, revisionRows(t, url), name)
		require.Equal(t, revisionTable(t, alone), revisionTable(t, url), name)
		require.Contains(t, requireTheirs(t, "status", url, dir), "Migration Status: OK", name)
		rep := status(t, url, dir)
		require.True(t, rep.UpToDate(), name)
		require.Len(t, rep.Applied, 6, name)
		require.Equal(t, "20260101000005", rep.Current, name)
	}
}

// A failure half-way under one is resumed by the other.
func TestCompatibleAfterFailure(t *testing.T) {
	t.Parallel()
	broken := none + "CREATE TABLE b (id int);\nSELECT nothing;\nCREATE TABLE c (id int);"
	fixed := none + "CREATE TABLE b (id int);\nSELECT 1;\nCREATE TABLE c (id int);"
	for _, first := range []string{"ours", "theirs"} {
		url := emptyForAtlas(t)
		dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);", "2_b.sql", broken)
		if first == "ours" {
			_, err := apply(t, url, dir, nil)
			require.ErrorContains(t, err, "nothing")
		} else {
			out, err := theirs(t, "apply", url, dir)
			require.Error(t, err, out)
		}
		out := requireTheirs(t, "status", url, dir)
		require.Contains(t, out, "Migration Status: PENDING")
		require.Contains(t, out, "SELECT nothing;")
		rep := status(t, url, dir)
		require.Equal(t, 1, rep.Failed.Applied, first)
		require.Equal(t, "SELECT nothing;", rep.Failed.ErrorStmt, first)
		require.Contains(t, rep.Failed.Error, "nothing", first)
		require.Equal(t, "2", rep.Next)

		write(t, dir, "2_b.sql", fixed)
		require.NoError(t, migration.Hash(dir))
		if first == "ours" {
			requireTheirs(t, "apply", url, dir)
		} else {
			_, err := apply(t, url, dir, nil)
			require.NoError(t, err)
		}
		require.Equal(t, []string{"a", "b", "c"}, tables(t, url))
		require.Contains(t, requireTheirs(t, "status", url, dir), "Migration Status: OK")
		require.True(t, status(t, url, dir).UpToDate())
	}
}

// One lock for both: theirs waits for the one that ours takes.
func TestCompatibleLock(t *testing.T) {
	t.Parallel()
	url := emptyForAtlas(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);")
	holder := open(t, url)
	_, err := holder.Exec(t.Context(), "SELECT pg_advisory_lock($1)", applyLock)
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		out, err := theirs(t, "apply", url, dir, "--lock-timeout", "1h")
		if err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
		done <- err
	}()
	eventually(t, "theirs waits", func() bool {
		select {
		case err := <-done:
			require.Fail(t, "theirs didn't wait", "%v", err)
		default:
		}
		return len(texts(t, url, "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory'")) > 0
	})
	require.Empty(t, tables(t, url))
	_, err = holder.Exec(t.Context(), "SELECT pg_advisory_unlock($1)", applyLock)
	require.NoError(t, err)
	require.NoError(t, <-done)
	require.Equal(t, []string{"a"}, tables(t, url))
}

// Both environments of the project's atlas.hcl, read by theirs; and its desired
// state, diffed by theirs against the migrations that ours wrote.
func TestProjectFileWorksWithAtlas(t *testing.T) {
	t.Parallel()
	url, dev := emptyForAtlas(t), emptyForAtlas(t)
	env := []string{"DATABASE_URL=" + url, "DATABASE_URL_UNPOOLED=" + url, "ESPALIER_DEV_URL=" + dev}
	p, err := migration.LoadProject("../atlas.hcl", "local", &migration.ProjectConfig{Getenv: func(string) string { return url }})
	require.NoError(t, err)
	_, err = migration.Apply(t.Context(), p.URL, p.FS(), nil)
	require.NoError(t, err)
	for _, name := range []string{"local", "neon"} {
		for _, verb := range []string{"validate", "status"} {
			out, err := atlas(t, env, "migrate", verb, "--env", name)
			require.NoError(t, err, out)
			if verb == "status" {
				require.Contains(t, out, "Migration Status: OK")
			}
		}
		out, err := atlas(t, env, "migrate", "diff", "nothing", "--env", name)
		require.NoError(t, err, out)
		require.Contains(t, out, "no changes")
	}
}

// The migrations lead to ent/schema.sql: `espalier migrate diff` was run.
func TestMigrationsAreUpToDate(t *testing.T) {
	t.Parallel()
	p, err := migration.LoadProject("../atlas.hcl", "local", nil)
	require.NoError(t, err)
	desired, err := p.State()
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "m"), p.FS()))
	_, err = migration.Diff(t.Context(), filepath.Join(dir, "m"), "missing", desired, newDevs(t).Dev, &migration.DiffConfig{Policy: p.Policy})
	require.ErrorIs(t, err, migration.ErrNoChanges)
	db := neontest.Open(t)
	require.True(t, status(t, db.URL, p.Dir).UpToDate())
}
