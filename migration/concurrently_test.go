package migration_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/espalier-go/espalier/migration"
	"github.com/stretchr/testify/require"
)

// A unique index that meets duplicates fails and leaves an invalid index. Once
// the rows are right the next apply takes it away and goes on.
func TestApplyInvalidIndex(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1), (1);\nCREATE TABLE b (id int);\nCREATE INDEX other ON b (id);",
		"2_i.sql", none+"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"My Index\" ON public.a (id);\nINSERT INTO b VALUES (1);")
	_, err := apply(t, url, dir, nil)
	require.ErrorContains(t, err, "23505")
	invalid := "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
	require.Equal(t, []string{`"My Index"`}, texts(t, url, invalid))
	_, err = apply(t, url, dir, nil)
	require.ErrorContains(t, err, "23505", "still")

	run(t, url, "DELETE FROM a WHERE ctid = '(0,1)'")
	var cleanups []string
	_, err = apply(t, url, dir, &migration.ApplyConfig{Progress: func(e migration.Event) {
		if e.Kind == migration.EventCleanup {
			cleanups = append(cleanups, e.Stmt)
		}
	}})
	require.NoError(t, err)
	require.Equal(t, []string{`DROP INDEX CONCURRENTLY "public"."My Index"`}, cleanups)
	require.Empty(t, texts(t, url, invalid))
	require.Equal(t, []string{"true"}, texts(t, url, `SELECT indisunique::text FROM pg_index WHERE indrelid = 'a'::regclass`))
	require.Equal(t, []string{"1"}, texts(t, url, "SELECT count(*)::text FROM b"))
}

// A valid index of that name, made by hand, is nobody's to drop.
func TestApplyIndexMadeByHand(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);\nCREATE INDEX i ON a (id);", "2_i.sql", none+"CREATE INDEX CONCURRENTLY i ON a (id);")
	for range 2 {
		_, err := apply(t, url, dir, nil)
		require.ErrorContains(t, err, "42P07")
		require.NotEmpty(t, hint(err))
	}
	require.Equal(t, []string{"true"}, texts(t, url, "SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'i'::regclass"))
}

// A long statement says what it is at: here, what it waits for.
func TestApplyProgress(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);", "2_i.sql", none+"CREATE INDEX CONCURRENTLY i ON a (id);")
	_, err := apply(t, url, dir, &migration.ApplyConfig{Limit: 1})
	require.NoError(t, err)
	writer := open(t, url)
	_, err = writer.Exec(t.Context(), "BEGIN; INSERT INTO a VALUES (1)")
	require.NoError(t, err)
	var seen []migration.Event
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err = migration.Apply(ctx, url, os.DirFS(dir), &migration.ApplyConfig{Progress: func(e migration.Event) {
		if e.Kind == migration.EventProgress {
			if seen = append(seen, e); len(seen) == 2 {
				_, err := writer.Exec(context.Background(), "COMMIT")
				require.NoError(t, err)
			}
		}
	}})
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(seen), 2)
	require.Contains(t, seen[1].Detail, "waiting for writers before build 0 of 1; waiting for a lock that pid ")
	require.Contains(t, seen[1].Detail, "(idle in transaction for ")
	require.GreaterOrEqual(t, seen[1].Duration, time.Second)
}

func TestApplyStatementTimeout(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);\nCREATE TABLE seen AS SELECT current_setting('statement_timeout') AS v;", "2_b.sql", "SELECT pg_sleep(600);")
	_, err := apply(t, url, dir, &migration.ApplyConfig{Limit: 1})
	require.NoError(t, err)
	require.Equal(t, []string{"15min"}, texts(t, url, "SELECT v FROM seen"))
	_, err = apply(t, url, dir, &migration.ApplyConfig{StatementTimeout: 50 * time.Millisecond})
	require.ErrorContains(t, err, "57014")
	require.Contains(t, hint(err), "--statement-timeout")
	require.Nil(t, status(t, url, dir).Failed)
}

// A database whose first files were applied by other means.
func TestApplyBaseline(t *testing.T) {
	t.Parallel()
	url := empty(t)
	run(t, url, "CREATE TABLE a (id int)")
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);", "2_b.sql", "CREATE TABLE b (id int);")
	_, err := apply(t, url, dir, nil)
	require.ErrorIs(t, err, migration.ErrNotClean)
	require.Contains(t, hint(err), "--baseline")
	_, err = apply(t, url, dir, &migration.ApplyConfig{Baseline: "9"})
	require.ErrorIs(t, err, migration.ErrNotFound)
	_, err = apply(t, url, dir, &migration.ApplyConfig{Baseline: "1", AllowDirty: true})
	require.ErrorContains(t, err, "exclude each other")
	require.Empty(t, status(t, url, dir).Applied)
	res, err := apply(t, url, dir, &migration.ApplyConfig{Baseline: "1"})
	require.NoError(t, err)
	require.Len(t, res.Applied, 1)
	require.Equal(t, []string{"a", "b"}, tables(t, url))
	require.True(t, status(t, url, dir).UpToDate())

	// The same rows as those of the official command line.
	other := emptyForAtlas(t)
	run(t, other, "CREATE TABLE a (id int)")
	requireTheirs(t, "apply", other, dir, "--baseline", "1")
	require.Equal(t, revisionRows(t, other), revisionRows(t, url))
}

// A statement of a file without transactions that refuses one runs all the same.
func TestApplyStatementsThatRefuseTransactions(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);\nCREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO a VALUES (1); COMMIT; INSERT INTO a VALUES (2); END $$;",
		"2_b.sql", none+"VACUUM a;\nCALL p();\nREINDEX TABLE CONCURRENTLY a;", "3_c.sql", none+"BEGIN;\nINSERT INTO a VALUES (3);\nCOMMIT;\nINSERT INTO a VALUES (4);")
	_, err := apply(t, url, dir, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"1", "2", "3", "4"}, texts(t, url, "SELECT id::text FROM a ORDER BY 1"))
}
