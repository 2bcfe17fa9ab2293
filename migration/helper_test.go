package migration_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/espalier-go/espalier/migration"
	"github.com/espalier-go/espalier/neontest"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// empty is the URL of a new database.
func empty(t testing.TB) string {
	t.Helper()
	return neontest.OpenWith(t, neontest.Config{Empty: true}).URL
}

// devs makes dev databases and counts how many are not dropped.
type devs struct {
	migration.Dev
	open, made atomic.Int32
}

func newDevs(t testing.TB) *devs {
	t.Helper()
	d := &devs{}
	inner := migration.OnServer(empty(t))
	d.Dev = func(ctx context.Context) (string, func(context.Context) error, error) {
		url, drop, err := inner(ctx)
		if err != nil {
			return "", nil, err
		}
		d.open.Add(1)
		d.made.Add(1)
		return url, func(ctx context.Context) error {
			d.open.Add(-1)
			return drop(ctx)
		}, nil
	}
	t.Cleanup(func() {
		require.Zero(t, d.open.Load(), "dev databases left")
	})
	return d
}

// folder makes a migration directory of name, text pairs.
func folder(t testing.TB, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files...)
	require.NoError(t, migration.Hash(dir))
	return dir
}

func write(t testing.TB, dir string, files ...string) {
	t.Helper()
	for i := 0; i < len(files); i += 2 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o644))
	}
}

// snapshot is everything in a folder.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	all := make(map[string]string)
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		all[e.Name()] = string(b)
	}
	return all
}

func open(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// run runs a statement on a connection of its own.
func run(t testing.TB, url, stmt string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), stmt, args...)
	require.NoError(t, err)
}

// texts reads the first column.
func texts(t testing.TB, url, query string, args ...any) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), query, args...)
	require.NoError(t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return out
}

// tables lists the tables of the schema public.
func tables(t testing.TB, url string) []string {
	t.Helper()
	return texts(t, url, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
}

// eventually polls until ok, with a deadline that only a hang reaches.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	require.Fail(t, "timeout", what)
}

// hint is the advice that comes with an error.
func hint(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

func clock(at string) func() time.Time {
	return func() time.Time {
		t, err := time.Parse("20060102150405", at)
		if err != nil {
			panic(err)
		}
		return t
	}
}
