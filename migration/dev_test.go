package migration_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/espalier-go/espalier/migration"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestOnServer(t *testing.T) {
	t.Parallel()
	admin := empty(t)
	cfg, err := pgx.ParseConfig(admin)
	require.NoError(t, err)
	keywords := "host=" + cfg.Host + " port=" + texts(t, admin, "SELECT current_setting('port')")[0] + " user=" + cfg.User + " sslmode=disable dbname=" + cfg.Database
	if cfg.Password != "" {
		keywords += " password=" + cfg.Password
	}
	for _, url := range []string{admin, keywords} {
		target, drop, err := migration.OnServer(url)(t.Context())
		require.NoError(t, err)
		name := texts(t, target, "SELECT current_database()::text")[0]
		require.True(t, strings.HasPrefix(name, "espalier_dev_"), name)
		require.Empty(t, tables(t, target))
		// A connection in use doesn't hinder the drop.
		open(t, target)
		require.NoError(t, drop(context.Background()))
		require.Empty(t, texts(t, admin, "SELECT datname::text FROM pg_database WHERE datname = $1", name))
		require.NoError(t, drop(context.Background()), "twice is fine")
	}
}

// What a killed process left is dropped by a later one, but not what is young,
// used or somebody else's.
func TestOnServerSweeps(t *testing.T) {
	t.Parallel()
	admin := empty(t)
	id := strings.ToLower(rand.Text()[:8])
	young := fmt.Sprintf("espalier_dev_%d_%s", time.Now().Unix(), id)
	names := []string{"espalier_dev_1000_" + id, young, "espalier_dev_mine_" + id, "espalierxdev_1000_" + id}
	for _, n := range names {
		run(t, admin, "CREATE DATABASE "+n)
		t.Cleanup(func() { adminDrop(admin, n) })
	}
	_, drop, err := migration.OnServer(admin)(t.Context())
	require.NoError(t, err)
	require.NoError(t, drop(context.Background()))
	require.ElementsMatch(t, names[1:], texts(t, admin, "SELECT datname::text FROM pg_database WHERE datname LIKE '%' || $1", id))
}

func adminDrop(admin, name string) {
	c, err := pgx.Connect(context.Background(), admin)
	if err != nil {
		return
	}
	defer c.Close(context.Background())
	_, _ = c.Exec(context.Background(), "DROP DATABASE IF EXISTS "+name)
}

func TestOnServerRefuses(t *testing.T) {
	t.Parallel()
	admin := empty(t)
	_, _, err := migration.OnServer("postgres://u:secret@localhost:port/db")(t.Context())
	require.ErrorContains(t, err, "can't be parsed")
	require.NotContains(t, err.Error(), "secret")

	// A role without the right to create databases.
	role := "nobody_" + texts(t, admin, "SELECT current_database()::text")[0]
	conn := open(t, admin)
	_, err = conn.Exec(t.Context(), "CREATE ROLE "+pgx.Identifier{role}.Sanitize())
	require.NoError(t, err)
	t.Cleanup(func() {
		c, err := pgx.Connect(context.Background(), admin)
		require.NoError(t, err)
		defer c.Close(context.Background())
		_, err = c.Exec(context.Background(), "DROP ROLE "+pgx.Identifier{role}.Sanitize())
		require.NoError(t, err)
	})
	sep := "?"
	if strings.Contains(admin, "?") {
		sep = "&"
	}
	_, _, err = migration.OnServer(admin + sep + "options=-crole%3D" + role)(t.Context())
	require.ErrorContains(t, err, "42501")
	require.Contains(t, hint(err), "CREATEDB")
}
