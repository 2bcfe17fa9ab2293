package migration_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/espalier-go/espalier/migration"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// applyLock is the number that the Atlas command line locks.
const applyLock = 2686470616

const none = "-- atlas:txmode none\n\n"

func apply(t testing.TB, url, dir string, cfg *migration.ApplyConfig) (*migration.Result, error) {
	t.Helper()
	return migration.Apply(t.Context(), url, os.DirFS(dir), cfg)
}

func status(t testing.TB, url, dir string) *migration.Report {
	t.Helper()
	rep, err := migration.Status(t.Context(), url, os.DirFS(dir), nil)
	require.NoError(t, err)
	return rep
}

func TestApply(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);\nCREATE TABLE b (id int);", "2_b.sql", "CREATE TABLE c (id int);",
		"3_c.sql", "", "4_d.sql", "INSERT INTO a VALUES (1);")
	var events []string
	log := func(e migration.Event) {
		events = append(events, fmt.Sprintf("%s %s %d/%d line %d", e.Kind, e.File.Name, e.Index, e.Total, e.Line))
	}
	res, err := apply(t, url, dir, &migration.ApplyConfig{Limit: 1, Progress: log})
	require.NoError(t, err)
	require.Equal(t, []string{
		"file_start 1_a.sql 0/2 line 0",
		"stmt_start 1_a.sql 1/2 line 1", "stmt_done 1_a.sql 1/2 line 1",
		"stmt_start 1_a.sql 2/2 line 2", "stmt_done 1_a.sql 2/2 line 2",
		"file_done 1_a.sql 2/2 line 0",
	}, events)
	require.Equal(t, "", res.From)
	require.Equal(t, "1", res.To)

	rep := status(t, url, dir)
	require.Equal(t, "1", rep.Current)
	require.Equal(t, "2", rep.Next)
	require.Len(t, rep.Pending, 3)
	require.False(t, rep.UpToDate())

	res, err = apply(t, url, dir, &migration.ApplyConfig{To: "3"})
	require.NoError(t, err)
	require.Equal(t, "1", res.From)
	require.Equal(t, "3", res.To)
	require.Len(t, res.Applied, 2)

	_, err = apply(t, url, dir, &migration.ApplyConfig{To: "3"})
	require.ErrorIs(t, err, migration.ErrNotFound)
	res, err = apply(t, url, dir, nil)
	require.NoError(t, err)
	require.Equal(t, "4", res.To)
	res, err = apply(t, url, dir, nil)
	require.NoError(t, err)
	require.Empty(t, res.Applied)
	require.Equal(t, "4", res.To)
	require.Equal(t, []string{"a", "b", "c"}, tables(t, url))
	require.Equal(t, []string{"1"}, texts(t, url, "SELECT count(*)::text FROM a"))
	require.True(t, status(t, url, dir).UpToDate())
}

// A broken statement half-way: the file is rolled back, the ones before stay,
// and after the fix it goes on.
func TestApplyBrokenFile(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);",
		"2_b.sql", "-- Bees.\nCREATE TABLE b (id int);\n\n-- Wrong.\nSELECT 1,\n  nothing;\nCREATE TABLE c (id int);", "3_d.sql", "CREATE TABLE d (id int);")
	res, err := apply(t, url, dir, nil)
	var partial *migration.PartialError
	require.ErrorAs(t, err, &partial)
	require.Equal(t, `2_b.sql:6: ERROR: column "nothing" does not exist (SQLSTATE 42703)`, err.Error())
	require.Equal(t, "2_b.sql", partial.Failed.Name)
	require.Equal(t, "SELECT 1,\n  nothing;", partial.Stmt)
	require.True(t, partial.RolledBack)
	require.Len(t, partial.Applied, 1)
	require.NotEmpty(t, hint(err))
	require.Equal(t, "1", res.To)
	require.Equal(t, []string{"a"}, tables(t, url))
	rep := status(t, url, dir)
	require.Equal(t, "1", rep.Current)
	require.Equal(t, "2", rep.Next)
	require.Nil(t, rep.Failed, "the revision was rolled back, too")

	write(t, dir, "2_b.sql", "CREATE TABLE b (id int);")
	_, err = apply(t, url, dir, nil)
	var sum *migration.ChecksumError
	require.ErrorAs(t, err, &sum, "an edited file is refused")
	require.Equal(t, "2_b.sql", sum.File)
	require.Equal(t, "edited", sum.Reason)
	require.NoError(t, migration.Hash(dir))
	_, err = apply(t, url, dir, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "d"}, tables(t, url))
}

func TestApplyTxModeNone(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", none+"CREATE TABLE a (id int);\nCREATE TABLE b (id int);\nCREATE TABLE a (id int);\nCREATE TABLE c (id int);\nCREATE TABLE d (id int);")
	_, err := apply(t, url, dir, nil)
	var partial *migration.PartialError
	require.ErrorAs(t, err, &partial)
	require.False(t, partial.RolledBack)
	require.Equal(t, 5, partial.Line)
	require.Contains(t, hint(err), "stay applied")
	require.Equal(t, []string{"a", "b"}, tables(t, url))
	rep := status(t, url, dir)
	require.NotNil(t, rep.Failed)
	require.Equal(t, 2, rep.Failed.Applied)
	require.Equal(t, 5, rep.Failed.Total)
	require.Equal(t, "CREATE TABLE a (id int);", rep.Failed.ErrorStmt)
	require.Contains(t, rep.Failed.Error, `relation "a" already exists`)
	require.Equal(t, "1", rep.Next)

	// What has run must not change; fewer statements than have run, neither.
	for _, edited := range []string{"CREATE TABLE a (id bigint);\nCREATE TABLE b (id int);\nCREATE TABLE c (id int);", "CREATE TABLE a (id int);"} {
		write(t, dir, "1_a.sql", none+edited)
		require.NoError(t, migration.Hash(dir))
		_, err = apply(t, url, dir, nil)
		require.ErrorIs(t, err, migration.ErrHistoryChanged)
	}
	// The fix takes a statement out and adds two.
	write(t, dir, "1_a.sql", none+"CREATE TABLE a (id int);\nCREATE TABLE b (id int);\nCREATE TABLE c (id int);\nCREATE TABLE d (id int);\nCREATE TABLE e (id int);\nCREATE TABLE f (id int);")
	require.NoError(t, migration.Hash(dir))
	res, err := apply(t, url, dir, nil)
	require.NoError(t, err)
	require.Equal(t, 4, res.Applied[0].Statements)
	require.Equal(t, 2, res.Applied[0].Skipped)
	require.Equal(t, []string{"a", "b", "c", "d", "e", "f"}, tables(t, url))
	require.True(t, status(t, url, dir).UpToDate())
	require.Equal(t, []string{"6 6 ''"}, texts(t, url, "SELECT applied || ' ' || total || ' ' || quote_literal(error) FROM atlas_schema_revisions.atlas_schema_revisions"))
}

func TestApplyTxModeAll(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);", "2_b.sql", "CREATE TABLE b (id int); SELECT nothing;")
	res, err := apply(t, url, dir, &migration.ApplyConfig{TxMode: migration.TxAll})
	var partial *migration.PartialError
	require.ErrorAs(t, err, &partial)
	require.Equal(t, "2_b.sql", partial.Failed.Name)
	require.Empty(t, partial.Applied)
	require.Empty(t, res.Applied)
	require.Empty(t, tables(t, url))
	require.Equal(t, "1", status(t, url, dir).Next)

	write(t, dir, "2_b.sql", "CREATE TABLE b (id int);")
	require.NoError(t, migration.Hash(dir))
	res, err = apply(t, url, dir, &migration.ApplyConfig{TxMode: migration.TxAll})
	require.NoError(t, err)
	require.Len(t, res.Applied, 2)
	require.Equal(t, "2", res.To)

	write(t, dir, "3_c.sql", none+"CREATE TABLE c (id int);")
	require.NoError(t, migration.Hash(dir))
	_, err = apply(t, url, dir, &migration.ApplyConfig{TxMode: migration.TxAll})
	require.ErrorContains(t, err, "txmode none")
	require.NotEmpty(t, hint(err))
}

// Statements that can't run in a transaction need txmode none, and say so.
func TestApplyConcurrentIndex(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);", "2_i.sql", "CREATE INDEX CONCURRENTLY i ON a (id);")
	_, err := apply(t, url, dir, nil)
	require.ErrorContains(t, err, "25001")
	require.Contains(t, hint(err), "atlas:txmode none")
	write(t, dir, "2_i.sql", none+"CREATE INDEX CONCURRENTLY i ON a (id);")
	require.NoError(t, migration.Hash(dir))

	// It waits for the writer for longer than lock_timeout, which would leave an
	// invalid index.
	writer := open(t, url)
	_, err = writer.Exec(t.Context(), "BEGIN; INSERT INTO a VALUES (1)")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		_, err := apply(t, url, dir, &migration.ApplyConfig{LockTimeout: 50 * time.Millisecond, LockRetries: -1})
		done <- err
	}()
	eventually(t, "the index waits", func() bool {
		return len(texts(t, url, "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE INDEX%' AND wait_event_type = 'Lock' AND now() - query_start > '200ms'")) > 0
	})
	_, err = writer.Exec(t.Context(), "COMMIT")
	require.NoError(t, err)
	require.NoError(t, <-done)
	require.Equal(t, []string{"true"}, texts(t, url, "SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'i'::regclass"))
}

func TestApplyLockedTable(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"", none} {
		url := empty(t)
		dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);", "2_b.sql", mode+"CREATE TABLE b (id int); ALTER TABLE a ADD x int;")
		_, err := apply(t, url, dir, &migration.ApplyConfig{Limit: 1})
		require.NoError(t, err)
		holder := open(t, url)
		_, err = holder.Exec(t.Context(), "BEGIN; LOCK TABLE a")
		require.NoError(t, err)

		_, err = apply(t, url, dir, &migration.ApplyConfig{LockTimeout: 20 * time.Millisecond, LockRetries: -1})
		require.ErrorContains(t, err, "55P03")
		require.Contains(t, hint(err), "locked")

		// Two tries fail, then the table is free.
		retries := 0
		res, err := apply(t, url, dir, &migration.ApplyConfig{LockTimeout: 20 * time.Millisecond, Progress: func(e migration.Event) {
			if e.Kind != migration.EventRetry {
				return
			}
			if retries++; retries == 2 {
				_, err := holder.Exec(context.Background(), "ROLLBACK")
				require.NoError(t, err)
			}
		}})
		require.NoError(t, err)
		require.GreaterOrEqual(t, retries, 2)
		require.Equal(t, "2", res.To)
		require.Equal(t, []string{"a", "b"}, tables(t, url))
		require.True(t, status(t, url, dir).UpToDate())
	}
}

func TestApplyTwoAtOnce(t *testing.T) {
	t.Parallel()
	url := empty(t)
	var files []string
	for i := range 5 {
		files = append(files, fmt.Sprintf("%d_t.sql", i), fmt.Sprintf("CREATE TABLE t%d (id int); SELECT pg_sleep(0.02);", i))
	}
	dir := folder(t, files...)
	var wg sync.WaitGroup
	var mu sync.Mutex
	applied := 0
	for range 4 {
		wg.Go(func() {
			res, err := migration.Apply(t.Context(), url, os.DirFS(dir), &migration.ApplyConfig{Wait: time.Minute})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			applied += len(res.Applied)
		})
	}
	wg.Wait()
	require.Equal(t, 5, applied, "each file once")
	require.True(t, status(t, url, dir).UpToDate())
}

func TestApplyLockHeld(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);")
	_, err := open(t, url).Exec(t.Context(), "SELECT pg_advisory_lock($1)", applyLock)
	require.NoError(t, err)
	waiting := 0
	_, err = apply(t, url, dir, &migration.ApplyConfig{Wait: time.Millisecond, Progress: func(e migration.Event) {
		if e.Kind == migration.EventWaiting {
			waiting++
		}
	}})
	require.ErrorIs(t, err, migration.ErrLocked)
	require.NotEmpty(t, hint(err))
	require.Equal(t, 1, waiting)
	require.Empty(t, tables(t, url))
}

// sleeping waits until a statement of Apply sleeps, and returns its backend.
func sleeping(t testing.TB, url string) string {
	t.Helper()
	var pid string
	eventually(t, "the statement runs", func() bool {
		pids := texts(t, url, "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")
		if len(pids) > 0 {
			pid = pids[0]
		}
		return pid != ""
	})
	return pid
}

// The server ends the connection in the middle of a statement.
func TestApplyBackendKilled(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"", none} {
		url := empty(t)
		run(t, url, "CREATE SCHEMA hand; CREATE SEQUENCE hand.runs")
		dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);",
			"2_b.sql", mode+"CREATE TABLE b (id int);\nINSERT INTO b SELECT 1 FROM pg_sleep(CASE nextval('hand.runs') WHEN 1 THEN 600 ELSE 0 END);\nCREATE TABLE c (id int);")
		done := make(chan error, 1)
		go func() {
			_, err := apply(t, url, dir, nil)
			done <- err
		}()
		run(t, url, "SELECT pg_terminate_backend($1::text::int)", sleeping(t, url))
		err := <-done
		var partial *migration.PartialError
		require.ErrorAs(t, err, &partial)
		require.Equal(t, "2_b.sql", partial.Failed.Name)
		require.Equal(t, 2+strings.Count(mode, "\n"), partial.Line)
		require.ErrorContains(t, err, "57P01")
		require.Contains(t, hint(err), "status")
		require.Equal(t, []string{"1"}, texts(t, url, "SELECT last_value::text FROM hand.runs"), "run once")

		rep := status(t, url, dir)
		require.Equal(t, "2", rep.Next)
		want := []string{"a"}
		if mode != "" {
			want = []string{"a", "b"}
			require.Equal(t, 1, rep.Failed.Applied)
		}
		require.Equal(t, want, tables(t, url))
	}
}

func TestApplyCanceled(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"", none} {
		url := empty(t)
		dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);",
			"2_b.sql", mode+"CREATE TABLE b (id int);\nSELECT pg_sleep(600);\nCREATE TABLE c (id int);")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := migration.Apply(ctx, url, os.DirFS(dir), nil)
			done <- err
		}()
		sleeping(t, url)
		cancel()
		err := <-done
		require.ErrorIs(t, err, context.Canceled)
		var partial *migration.PartialError
		require.ErrorAs(t, err, &partial)
		require.Len(t, partial.Applied, 1)
		rep := status(t, url, dir)
		if mode == "" {
			require.Equal(t, []string{"a"}, tables(t, url))
			require.Nil(t, rep.Failed)
		} else {
			require.Equal(t, []string{"a", "b"}, tables(t, url))
			require.Equal(t, 1, rep.Failed.Applied)
			require.Contains(t, rep.Failed.Error, "canceled")
		}
		require.Empty(t, texts(t, url, "SELECT pid::text FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"))
	}
}

// An applier that is killed leaves neither a lock nor half a file: the server
// notices, and the next one goes on.
func TestApplyKilled(t *testing.T) {
	t.Parallel()
	if url := os.Getenv("ESPALIER_TEST_APPLY"); url != "" {
		_, err := apply(t, url, os.Getenv("ESPALIER_TEST_DIR"), nil)
		require.NoError(t, err)
		return
	}
	url := empty(t)
	run(t, url, "CREATE SCHEMA neon; CREATE TABLE neon.nap AS SELECT 600 AS seconds")
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);", "2_b.sql", "CREATE TABLE b (id int); SELECT pg_sleep(seconds) FROM neon.nap;")
	cmd := exec.Command(os.Args[0], "-test.run=^TestApplyKilled$")
	cmd.Env = append(os.Environ(), "ESPALIER_TEST_APPLY="+url, "ESPALIER_TEST_DIR="+dir)
	require.NoError(t, cmd.Start())
	sleeping(t, url)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	rep := status(t, url, dir)
	require.Equal(t, "1", rep.Current)
	require.Equal(t, "2", rep.Next)

	run(t, url, "UPDATE neon.nap SET seconds = 0")
	res, err := apply(t, url, dir, &migration.ApplyConfig{Wait: time.Minute})
	require.NoError(t, err)
	require.Equal(t, "2", res.To)
	require.Equal(t, []string{"a", "b"}, tables(t, url))
}

// A COMMIT can fail, too: the file is rolled back and its revision with it.
func TestApplyFailingCommit(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int PRIMARY KEY, b int REFERENCES a DEFERRABLE INITIALLY DEFERRED); INSERT INTO a VALUES (1, 2);")
	_, err := apply(t, url, dir, nil)
	require.ErrorContains(t, err, "23503")
	require.NotEmpty(t, hint(err))
	require.Empty(t, tables(t, url))
	require.Empty(t, status(t, url, dir).Applied)
}

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);")
	for name, c := range map[string]struct {
		url  string
		dir  string
		want string
	}{
		"no URL":             {"", dir, "no database URL"},
		"a broken URL":       {"postgres://u:secret@localhost:port/db", dir, "can't be parsed"},
		"a pooled URL":       {"postgres://u:secret@ep-cool-1-pooler.eu.neon.tech/db", dir, "pooled"},
		"nobody listens":     {"postgres://u:secret@127.0.0.1:1/db", dir, "connect"},
		"no directory":       {url, dir + "/none", "migration directory"},
		"transaction by SQL": {url, folder(t, "1_a.sql", "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;"), "1_a.sql:1: the file controls transactions itself"},
		"unbalanced SQL":     {url, folder(t, "1_a.sql", "CREATE TABLE a (id int;"), "unclosed '('"},
		"unknown txmode":     {url, folder(t, "1_a.sql", "-- atlas:txmode half\n\nSELECT 1;"), `txmode "half"`},
	} {
		_, err := apply(t, c.url, c.dir, nil)
		require.ErrorContains(t, err, c.want, name)
		require.NotContains(t, err.Error()+hint(err), "secret", name)
		require.NotEmpty(t, hint(err), name)
	}
	_, err := apply(t, "postgres://u:p@ep-cool-1-pooler.eu.neon.tech/db", dir, nil)
	require.ErrorIs(t, err, migration.ErrPooledURL)
	require.Contains(t, hint(err), "ep-cool-1.eu.neon.tech")
	_, err = apply(t, url, dir, &migration.ApplyConfig{TxMode: "some"})
	require.ErrorContains(t, err, `unknown transaction mode "some"`)

	run(t, url, "CREATE SCHEMA espalier; CREATE TABLE espalier.seed (id int); CREATE SCHEMA empty")
	run(t, url, "CREATE TABLE mine (id int)")
	_, err = apply(t, url, dir, nil)
	require.ErrorIs(t, err, migration.ErrNotClean)
	require.ErrorContains(t, err, "public.mine")
	_, err = apply(t, url, dir, &migration.ApplyConfig{AllowDirty: true})
	require.NoError(t, err)

	write(t, dir, "0_late.sql", "CREATE TABLE late (id int);", "2_b.sql", "CREATE TABLE b (id int);", "3_c.sql", "")
	require.NoError(t, migration.Hash(dir))
	_, err = apply(t, url, dir, nil)
	require.NoError(t, err, "before the first revision: not ours to judge, as in Atlas")
	write(t, dir, "1x_late.sql", "CREATE TABLE late (id int);")
	require.NoError(t, migration.Hash(dir))
	_, err = apply(t, url, dir, nil)
	require.ErrorIs(t, err, migration.ErrOutOfOrder)
	require.ErrorContains(t, err, "1x_late.sql")
	require.Equal(t, "1x_late.sql", status(t, url, dir).OutOfOrder[0].Name)
}

// Messages of Postgres come with advice.
func TestApplyHints(t *testing.T) {
	t.Parallel()
	url := empty(t)
	run(t, url, "CREATE SCHEMA hand")
	for code, want := range map[string]string{
		"53100": "disk is full", "40P01": "apply again", "42501": "right", "23505": "rows", "22001": "value", "57014": "canceled",
		"42P07": "outside", "25006": "read-only", "53300": "resources", "08006": "connection", "55006": "another session",
	} {
		dir := folder(t, "1_a.sql", fmt.Sprintf("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '%s'; END $$;", code))
		_, err := apply(t, url, dir, &migration.ApplyConfig{LockRetries: -1})
		var pg *pgconn.PgError
		require.True(t, errors.As(err, &pg), err)
		require.Equal(t, code, pg.Code)
		require.Contains(t, hint(err), want, code)
	}
}

// Names mean the same whatever the role's settings and earlier files say.
func TestApplySettings(t *testing.T) {
	t.Parallel()
	url := empty(t)
	run(t, url, `CREATE SCHEMA other; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = other', current_database()); END $$`)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int); SET search_path = other; SET lock_timeout = '9h';",
		"2_b.sql", "CREATE TABLE b (id int); CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS v;")
	_, err := apply(t, url, dir, &migration.ApplyConfig{LockTimeout: 7 * time.Second})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "seen"}, tables(t, url))
	require.Equal(t, []string{"7s"}, texts(t, url, "SELECT v FROM public.seen"))
}

func TestApplyFromEmbed(t *testing.T) {
	t.Parallel()
	url := empty(t)
	dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);")
	mem := fstest.MapFS{"readme.txt": {Data: []byte("not SQL")}, "sub/9_x.sql": {Data: []byte("not read")}, ".hidden.sql": {}}
	for name, text := range snapshot(t, dir) {
		mem[name] = &fstest.MapFile{Data: []byte(text)}
	}
	res, err := migration.Apply(t.Context(), url, mem, &migration.ApplyConfig{RevisionsSchema: "my revisions"})
	require.NoError(t, err)
	require.Equal(t, "1", res.To)
	rep, err := migration.Status(t.Context(), url, mem, &migration.StatusConfig{RevisionsSchema: "my revisions"})
	require.NoError(t, err)
	require.True(t, rep.UpToDate())
	require.Equal(t, "Espalier", rep.Applied[0].Operator)
}
