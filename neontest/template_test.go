package neontest_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/neontest"
)

func dropDatabase(t *testing.T, conn *pgx.Conn, name string) {
	t.Helper()
	ctx := context.Background() // a test's own is over in its clean-up
	_, err := conn.Exec(ctx, "alter database "+name+" with is_template false")
	require.NoError(t, err)
	_, err = conn.Exec(ctx, "drop database "+name+" with (force)")
	require.NoError(t, err)
}

// dropTemplate takes away at the end what no other run can use again.
func dropTemplate(t *testing.T, conn *pgx.Conn, fsys fs.FS) (name string) {
	t.Helper()
	name, err := neontest.TemplateName(fsys)
	require.NoError(t, err)
	t.Cleanup(func() { dropDatabase(t, conn, name) })
	return name
}

func TestHalfMadeTemplateIsRemade(t *testing.T) {
	t.Parallel()
	conn := admin(t)
	fsys := files("create table whole (n int); -- " + rand.Text())
	name := dropTemplate(t, conn, fsys)
	_, err := conn.Exec(t.Context(), "create database "+name)
	require.NoError(t, err)

	db := neontest.OpenWith(t, neontest.Config{Migrations: fsys})
	require.Zero(t, count(t, db, "select count(*) from whole"))
	var complete, open bool
	require.NoError(t, conn.QueryRow(t.Context(), "select datistemplate, datallowconn from pg_database where datname = $1", name).
		Scan(&complete, &open))
	require.True(t, complete)
	require.False(t, open)
}

func TestTemplateThatVanishesIsRemade(t *testing.T) {
	t.Parallel()
	conn := admin(t)
	fsys := files("create table vanished (n int); -- " + rand.Text())
	name := dropTemplate(t, conn, fsys)
	neontest.OpenWith(t, neontest.Config{Migrations: fsys})
	dropDatabase(t, conn, name)
	db := neontest.OpenWith(t, neontest.Config{Migrations: fsys})
	require.Zero(t, count(t, db, "select count(*) from vanished"))
}

func TestSweepTemplates(t *testing.T) {
	t.Parallel()
	conn := admin(t)
	now := time.Now()
	var names []string
	for i := range neontest.KeepTemplates + 1 {
		name := fmt.Sprintf("espalier_tpl_sweep_%s_%d", strings.ToLower(rand.Text()[:6]), i)
		_, err := conn.Exec(t.Context(), "create database "+name+" is_template true allow_connections false")
		require.NoError(t, err)
		age := time.Duration(i) * time.Minute
		if i == neontest.KeepTemplates {
			age = 1000 * time.Hour
		}
		_, err = conn.Exec(t.Context(), "comment on database "+name+" is '"+neontest.Stamp(now.Add(-age))+"'")
		require.NoError(t, err)
		names = append(names, name)
	}
	t.Cleanup(func() {
		for _, name := range names[:neontest.KeepTemplates] {
			dropDatabase(t, conn, name)
		}
	})
	require.Eventually(t, func() bool {
		require.NoError(t, neontest.SweepTemplates(t.Context(), conn, now))
		return !exists(t, conn, names[neontest.KeepTemplates])
	}, time.Minute, 20*time.Millisecond)
	for _, name := range names[:neontest.KeepTemplates] {
		require.True(t, exists(t, conn, name))
	}
}
