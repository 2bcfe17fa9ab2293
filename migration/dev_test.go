package migration_test

import (
	"context"
	"strings"
	"testing"

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
