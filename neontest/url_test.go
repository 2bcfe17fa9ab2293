package neontest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/neontest"
)

func TestWithDatabase(t *testing.T) {
	t.Parallel()
	for _, conn := range []string{
		"postgres://u:p%40ss@db.example:5433/app?sslmode=disable",
		"postgresql://u@/app?host=/tmp/sock&port=5",
		"postgres://u@localhost",
		"postgres://u@localhost/app?dbname=other",
		"host=localhost user=u dbname=app",
	} {
		before, err := pgx.ParseConfig(conn)
		require.NoError(t, err)
		after, err := pgx.ParseConfig(neontest.WithDatabase(conn, "mine"))
		require.NoError(t, err, conn)
		require.Equal(t, "mine", after.Database, conn)
		require.Equal(t, before.Host, after.Host, conn)
		require.Equal(t, before.Port, after.Port, conn)
		require.Equal(t, before.User, after.User, conn)
		require.Equal(t, before.Password, after.Password, conn)
	}
}

func TestDirect(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"postgres://u@ep-a-b-1-pooler.eu.aws.neon.tech/db?sslmode=require": "postgres://u@ep-a-b-1.eu.aws.neon.tech/db?sslmode=require",
		"postgres://u@ep-a-b-1.eu.aws.neon.tech/db":                        "postgres://u@ep-a-b-1.eu.aws.neon.tech/db",
		"host=x-pooler.y dbname=db":                                        "host=x-pooler.y dbname=db",
	} {
		require.Equal(t, want, neontest.Direct(in))
	}
}
