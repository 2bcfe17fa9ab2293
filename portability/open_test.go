package portability_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/espalier-go/espalier/ent"
)

// client is the shop's client on an empty shop.
type client struct {
	*ent.Client
	db      *sql.DB
	dialect string
}

// each runs the test on every database but Postgres, which the main module's
// own tests are for.
func each(t *testing.T, test func(t *testing.T, c *client)) {
	t.Parallel()
	for name, backend := range map[string]struct {
		dialect string
		open    func(*testing.T) *sql.DB
	}{
		"sqlite":  {dialect.SQLite, openSQLite},
		"mariadb": {dialect.MySQL, openMariaDB},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := backend.open(t)
			c := &client{ent.NewClient(ent.Driver(entsql.OpenDB(backend.dialect, db))), db, backend.dialect}
			require.NoError(t, c.Schema.Create(t.Context()))
			test(t, c)
		})
	}
}

func openSQLite(t *testing.T) *sql.DB {
	t.Helper()
	file := filepath.Join(t.TempDir(), "shop.db")
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=foreign_keys(1)&_pragma=busy_timeout(10000)&_time_format=sqlite")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}
