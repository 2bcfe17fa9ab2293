package migration_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/espalier-go/espalier/migration"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// faultDir has five files of all kinds. Nothing but the revision table keeps a
// row from being written twice.
func faultDir(t testing.TB) string {
	return folder(t,
		"1_tables.sql", "CREATE TABLE item (id int, n int);\nCREATE TABLE log (what text);\nCREATE INDEX item_old ON item (id, n);\nINSERT INTO item SELECT g, 0 FROM generate_series(1, 100) g;\nINSERT INTO log VALUES ('1');",
		"2_columns.sql", "UPDATE item SET n = n + 1;\nINSERT INTO log VALUES ('2');\nALTER TABLE item ADD COLUMN note text;",
		"3_index.sql", none+"CREATE INDEX CONCURRENTLY item_n ON item (n);\nCREATE UNIQUE INDEX CONCURRENTLY \"item_Id\" ON public.item (id);\nDROP INDEX CONCURRENTLY item_old;",
		"4_rows.sql", none+"INSERT INTO log VALUES ('4a');\nUPDATE item SET n = n + 1;\nVACUUM item;\nINSERT INTO log VALUES ('4b');",
		"5_function.sql", "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\nCREATE TRIGGER t BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION touch();\nINSERT INTO log VALUES ('5');")
}

// schemaOf is what the files of faultDir make.
func schemaOf(t testing.TB, url string) []string {
	t.Helper()
	return texts(t, url, `SELECT format('column %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod)) FROM pg_attribute a
		JOIN pg_class c ON c.oid = attrelid AND relnamespace = 'public'::regnamespace AND relkind = 'r' WHERE attnum > 0
		UNION ALL SELECT format('index %s %s', indisvalid, pg_get_indexdef(indexrelid)) FROM pg_index JOIN pg_class c ON c.oid = indrelid AND relnamespace = 'public'::regnamespace
		UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
		UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`)
}

// killer ends the server process of an applier once at every place.
type killer struct {
	t       *testing.T
	conn    *pgx.Conn
	url     string
	seen    map[string]bool
	middle  bool
	release func()
}

// applier is the process that holds the lock of the migrations, 0 when it is dead.
func (k *killer) applier() (pid int) {
	err := k.conn.QueryRow(context.Background(), `SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
		WHERE l.locktype = 'advisory' AND d.datname = current_database()`).Scan(&pid)
	if !errors.Is(err, pgx.ErrNoRows) {
		require.NoError(k.t, err)
	}
	return pid
}

func (k *killer) kill(pid int) {
	_, err := k.conn.Exec(context.Background(), "SELECT pg_terminate_backend($1, 60000)", pid)
	require.NoError(k.t, err)
}

func (k *killer) event(e migration.Event) {
	if k.release != nil {
		k.release()
		k.release = nil
	}
	place := fmt.Sprintf("%s %s %d", e.Kind, e.File.Name, e.Index)
	if k.seen[place] || e.Kind == migration.EventCleanup || e.Kind == migration.EventProgress {
		return
	}
	pid := k.applier()
	switch {
	case pid == 0:
	case !k.middle:
		k.seen[place] = true
		k.kill(pid)
	case e.Kind == migration.EventStmtStart:
		k.seen[place] = false
		k.hold(place, pid)
	}
}

// hold keeps a row in the midst of item and all of log, until the statement that
// begins waits for them; then the statement's process is killed.
func (k *killer) hold(place string, pid int) {
	ctx := context.Background()
	var there bool
	require.NoError(k.t, k.conn.QueryRow(ctx, "SELECT to_regclass('log') IS NOT NULL").Scan(&there))
	if !there {
		return
	}
	gate, err := pgx.Connect(ctx, k.url)
	require.NoError(k.t, err)
	_, err = gate.Exec(ctx, "BEGIN; SET lock_timeout = '100ms'")
	require.NoError(k.t, err)
	for _, lock := range []string{"LOCK TABLE item IN ROW EXCLUSIVE MODE", "UPDATE item SET n = n WHERE id = 50", "LOCK TABLE log IN SHARE MODE"} {
		_, err = gate.Exec(ctx, "SAVEPOINT s")
		require.NoError(k.t, err)
		if _, err := gate.Exec(ctx, lock); err != nil { // the applier has it
			_, err = gate.Exec(ctx, "ROLLBACK TO s")
			require.NoError(k.t, err)
		}
	}
	done, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		defer gate.Close(ctx)
		for {
			var blocked bool
			if err := gate.QueryRow(ctx, "SELECT pg_backend_pid() = ANY (pg_blocking_pids($1))", pid).Scan(&blocked); err != nil {
				return
			}
			if blocked {
				k.seen[place] = true
				_, _ = gate.Exec(ctx, "SELECT pg_terminate_backend($1, 60000)", pid)
				return
			}
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	k.release = func() { close(stop); <-done }
}

// TestApplyFaults kills the server process of an applier at every boundary of a
// statement or file, and in the middle of every statement that can be made to
// wait; each time the next apply goes on. In the end all is as after a run that
// nothing disturbed, the revision table included.
func TestApplyFaults(t *testing.T) {
	t.Parallel()
	dir, clean := faultDir(t), empty(t)
	_, err := apply(t, clean, dir, nil)
	require.NoError(t, err)
	for _, middle := range []bool{false, true} {
		url := empty(t)
		k := &killer{t: t, conn: open(t, url), url: url, seen: make(map[string]bool), middle: middle}
		runs := 0
		for err := error(migration.ErrLocked); err != nil; runs++ {
			require.Less(t, runs, 100)
			_, err = apply(t, url, dir, &migration.ApplyConfig{LockTimeout: -1, Wait: time.Minute, Progress: k.event})
			if k.release != nil {
				k.release()
				k.release = nil
			}
			if err != nil {
				require.NotEmpty(t, hint(err), "%v", err)
			}
			if rep := status(t, url, dir); rep.Failed != nil {
				require.Equal(t, rep.Failed.Version, rep.Next, "status tells where it goes on")
			}
		}
		killed := 0
		for _, dead := range k.seen {
			if dead {
				killed++
			}
		}
		t.Logf("middle=%t: killed at %d places, %d runs", middle, killed, runs)
		require.GreaterOrEqual(t, killed, map[bool]int{false: 40, true: 11}[middle], "%v", k.seen)
		require.Equal(t, schemaOf(t, clean), schemaOf(t, url))
		require.Equal(t, revisionRows(t, clean), revisionRows(t, url))
		require.Equal(t, []string{"1", "2", "4a", "4b", "5"}, texts(t, url, "SELECT what FROM log ORDER BY 1"))
		require.Equal(t, []string{"100 2"}, texts(t, url, "SELECT count(*) || ' ' || n FROM item GROUP BY n"))
		require.True(t, status(t, url, dir).UpToDate())
	}
}
