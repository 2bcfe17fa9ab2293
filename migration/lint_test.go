package migration_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/espalier-go/espalier/migration"
	"github.com/espalier-go/espalier/migration/lint"
	"github.com/stretchr/testify/require"
)

func lintDir(t testing.TB, dev migration.Dev, dir string, cfg *migration.LintConfig) (*migration.LintReport, error) {
	t.Helper()
	return migration.Lint(t.Context(), os.DirFS(dir), dev, cfg)
}

// found lists file, line and rule of each diagnostic.
func found(r *migration.LintReport) []string {
	out := []string{}
	for _, f := range r.Files {
		for _, d := range f.Diagnostics {
			out = append(out, fmt.Sprintf("%s:%d %s", d.File, d.Line, d.Rule))
		}
	}
	return out
}

func TestLintChoosesFiles(t *testing.T) {
	t.Parallel()
	d := newDevs(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id bigint PRIMARY KEY, n int);", "2_b.sql", "\n-- Slow.\nCREATE INDEX a_n ON a (n);", "3_c.sql", "DROP TABLE a;")
	rep, err := lintDir(t, d.Dev, dir, nil)
	require.NoError(t, err)
	require.Empty(t, found(rep), "nothing of the directory is in a database yet")
	require.Len(t, rep.Files, 3)
	require.Equal(t, lint.Off, rep.Worst())

	rep, err = lintDir(t, d.Dev, dir, &migration.LintConfig{Latest: 2})
	require.NoError(t, err)
	require.Equal(t, []string{"2_b.sql:3 index-concurrently", "3_c.sql:1 drop-table"}, found(rep))
	require.Equal(t, lint.Error, rep.Worst())
	rep, err = lintDir(t, d.Dev, dir, &migration.LintConfig{Files: []string{"2_b.sql"}})
	require.NoError(t, err)
	require.Equal(t, []string{"2_b.sql:3 index-concurrently"}, found(rep))
	_, err = lintDir(t, d.Dev, dir, &migration.LintConfig{Files: []string{"9_z.sql"}})
	require.ErrorIs(t, err, migration.ErrNotFound)
	_, err = lintDir(t, d.Dev, dir, &migration.LintConfig{Severities: map[string]lint.Severity{"nothing": lint.Off}})
	require.ErrorContains(t, err, `no rule "nothing"`)

	// What is pending in a target, whose sizes make the estimate.
	url := empty(t)
	_, err = apply(t, url, dir, &migration.ApplyConfig{Limit: 1})
	require.NoError(t, err)
	run(t, url, "INSERT INTO a SELECT n, n FROM generate_series(1, 3000) n; ANALYZE a")
	rep, err = lintDir(t, d.Dev, dir, &migration.LintConfig{URL: url})
	require.NoError(t, err)
	require.Equal(t, []string{"2_b.sql:3 index-concurrently", "3_c.sql:1 drop-table"}, found(rep))
	require.Regexp(t, `^public\.a has 3,000 rows, \d+ kB: under a second$`, rep.Files[0].Diagnostics[0].Estimate)
	_, err = apply(t, url, dir, nil)
	require.NoError(t, err)
	rep, err = lintDir(t, d.Dev, dir, &migration.LintConfig{URL: url})
	require.NoError(t, err)
	require.Empty(t, rep.Files)
}

func TestLintFailingFile(t *testing.T) {
	t.Parallel()
	d := newDevs(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id bigint PRIMARY KEY);", "2_b.sql", "CREATE TABLE b (id bigint);\nSELECT nothing;\nDROP TABLE a;", "3_c.sql", "DROP TABLE a;")
	rep, err := lintDir(t, d.Dev, dir, &migration.LintConfig{Latest: 2})
	require.NoError(t, err)
	require.Equal(t, []string{"2_b.sql:2 fails"}, found(rep))
	require.Equal(t, `column "nothing" does not exist`, rep.Files[0].Diagnostics[0].Message)
	require.Len(t, rep.Files, 1, "what comes after it was not looked at")

	_, err = lintDir(t, d.Dev, dir, &migration.LintConfig{Files: []string{"3_c.sql"}})
	require.ErrorContains(t, err, "replay the migration directory: 2_b.sql:2")
	_, err = lintDir(t, d.Dev, folder(t, "1_a.sql", "SELECT 1;\nCOMMIT;"), nil)
	require.ErrorIs(t, err, migration.ErrTxControl)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = migration.Lint(ctx, os.DirFS(dir), d.Dev, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// What a file makes itself is nobody's yet, also for the files linted with it.
func TestLintFreshTables(t *testing.T) {
	t.Parallel()
	d := newDevs(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id bigint PRIMARY KEY);",
		"2_b.sql", "CREATE TABLE b (id bigint PRIMARY KEY, n int);\nCREATE INDEX b_n ON b (n);\nALTER TABLE b ALTER COLUMN n SET NOT NULL;\nUPDATE b SET n = 1;\nALTER TABLE a ADD COLUMN x int;\nALTER TABLE a RENAME COLUMN x TO y;",
		"3_c.sql", "ALTER TABLE b ALTER COLUMN n TYPE bigint;\nDROP TABLE b;")
	rep, err := lintDir(t, d.Dev, dir, &migration.LintConfig{Latest: 2})
	require.NoError(t, err)
	require.Empty(t, found(rep))
	require.Equal(t, "ACCESS EXCLUSIVE on public.a", rep.Files[0].Statements[4].Locks[0].String())
	rep, err = lintDir(t, d.Dev, dir, &migration.LintConfig{Latest: 1})
	require.NoError(t, err)
	require.Equal(t, []string{"3_c.sql:1 column-type", "3_c.sql:2 drop-table"}, found(rep))
}

// A checkpoint makes what the files before it made: it is neither linted nor in
// the way.
func TestLintCheckpoint(t *testing.T) {
	t.Parallel()
	d := newDevs(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id bigint PRIMARY KEY, n int);", "2_checkpoint.sql", "-- atlas:checkpoint\n\nCREATE TABLE a (id bigint PRIMARY KEY, n int);", "3_c.sql", "DROP TABLE a;")
	for _, cfg := range []*migration.LintConfig{{Latest: 1}, {Files: []string{"2_checkpoint.sql", "3_c.sql"}}} {
		rep, err := lintDir(t, d.Dev, dir, cfg)
		require.NoError(t, err)
		require.Equal(t, []string{"3_c.sql:1 drop-table"}, found(rep))
	}
	begins := folder(t, "2_checkpoint.sql", "-- atlas:checkpoint\n\nCREATE TABLE a (id bigint PRIMARY KEY);", "3_c.sql", "DROP TABLE a;")
	rep, err := lintDir(t, d.Dev, begins, &migration.LintConfig{Latest: 1})
	require.NoError(t, err)
	require.Equal(t, []string{"3_c.sql:1 drop-table"}, found(rep))
}

// One file on a schema of 300 tables is linted in less than 10 s.
func TestLintManyTables(t *testing.T) {
	t.Parallel()
	var ddl strings.Builder
	for i := range 300 {
		fmt.Fprintf(&ddl, "CREATE TABLE t%d (id bigint PRIMARY KEY, name text NOT NULL, n int CHECK (n > 0), at timestamptz DEFAULT now());\nCREATE INDEX t%[1]d_name ON t%[1]d (name);\n", i)
	}
	dir := folder(t, "1_a.sql", ddl.String(), "2_b.sql", "ALTER TABLE t7 ADD COLUMN x uuid DEFAULT gen_random_uuid();\nALTER TABLE t8 DROP COLUMN n;", "3_c.sql", none+"CREATE INDEX CONCURRENTLY t9_n ON t9 (n);")
	d := newDevs(t)
	start := time.Now()
	rep, err := lintDir(t, d.Dev, dir, &migration.LintConfig{Latest: 2})
	require.NoError(t, err)
	t.Logf("two files on 300 tables: %s", time.Since(start).Round(time.Millisecond))
	require.Equal(t, []string{"2_b.sql:1 volatile-default", "2_b.sql:2 drop-column", "2_b.sql:2 many-tables-locked"}, found(rep))
	require.Equal(t, "SHARE UPDATE EXCLUSIVE on public.t9", rep.Files[1].Statements[0].Locks[0].String())
}

// On a pull request: what would the newest file do to a database in use?
func ExampleLint() {
	ctx := context.Background()
	dev := migration.OnServer(os.Getenv("DEV_DATABASE_URL"))
	rep, err := migration.Lint(ctx, os.DirFS("migrate"), dev, &migration.LintConfig{Latest: 1})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range rep.Files {
		for _, d := range f.Diagnostics {
			fmt.Printf("%s:%d %s: %s\n%v\n%s\n", d.File, d.Line, d.Rule, d.Message, d.Locks, d.Fix)
		}
	}
	if rep.Worst() == lint.Error {
		os.Exit(1)
	}
}
