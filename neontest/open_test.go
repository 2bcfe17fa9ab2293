package neontest_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/neontest"
)

func files(sql ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i, s := range sql {
		fsys[fmt.Sprintf("2026010100000%d_step.sql", i)] = &fstest.MapFile{Data: []byte(s)}
	}
	return fsys
}

func count(t *testing.T, db *neontest.DB, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, db.Pool().QueryRow(t.Context(), query, args...).Scan(&n))
	return n
}

func TestOpenIsolates(t *testing.T) {
	t.Parallel()
	cfg := neontest.Config{Migrations: files("create table isolated (n int);", "insert into isolated values (0);")}
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			db := neontest.OpenWith(t, cfg)
			_, err := db.SQL().ExecContext(t.Context(), "insert into isolated select generate_series(1, $1)", i)
			require.NoError(t, err)
			require.Equal(t, i+1, count(t, db, "select count(*) from isolated"))
		})
	}
}

func TestOpenChangedMigrations(t *testing.T) {
	t.Parallel()
	one := neontest.OpenWith(t, neontest.Config{Migrations: files("create table changed (a int);")})
	two := neontest.OpenWith(t, neontest.Config{Migrations: files("create table changed (a int, b int);")})
	columns := "select count(*) from information_schema.columns where table_name = 'changed'"
	require.Equal(t, 1, count(t, one, columns))
	require.Equal(t, 2, count(t, two, columns))
}

func TestOpenEmpty(t *testing.T) {
	t.Parallel()
	db := neontest.OpenWith(t, neontest.Config{Empty: true})
	require.Zero(t, count(t, db, "select count(*) from pg_class where relnamespace = 'public'::regnamespace"))
}

func TestOpenSessions(t *testing.T) {
	t.Parallel()
	db := neontest.OpenWith(t, neontest.Config{Empty: true, MaxConns: 2})
	var app, timeout string
	require.NoError(t, db.SQL().QueryRow("select current_setting('application_name'), current_setting('statement_timeout')").Scan(&app, &timeout))
	require.Equal(t, "neontest TestOpenSessions", app)
	require.Equal(t, "1min", timeout)
	require.EqualValues(t, 2, db.Pool().Config().MaxConns)
}

func TestOpenTransactionInOneDatabase(t *testing.T) {
	t.Parallel()
	db := neontest.OpenWith(t, neontest.Config{Migrations: files("create table together (n int primary key);")})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			_, err := db.Pool().Exec(context.Background(), "insert into together values ($1)", i)
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 20, count(t, db, "select count(*) from together"))
}
