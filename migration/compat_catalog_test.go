package migration_test

import (
	"errors"
	"testing"

	"github.com/espalier-go/espalier/migration"
	"github.com/stretchr/testify/require"
)

// What diff writes for functions, enums and CONCURRENTLY runs under either
// command line, half and half, also after a failure; drift finds no difference,
// and after down both say the same.
func TestCompatibleCatalog(t *testing.T) {
	t.Parallel()
	dev, dir := newDevs(t), t.TempDir()
	all := &migration.DiffConfig{Concurrent: migration.Concurrent{Create: true, Drop: true}}
	_, err := migration.Diff(t.Context(), dir, "one", state(users, "CREATE TYPE mood AS ENUM ('ok');"), dev.Dev, all)
	require.NoError(t, err)
	want := state(users, `CREATE TYPE mood AS ENUM ('ok', 'bad'); ALTER TABLE users ADD feels mood DEFAULT 'bad'; CREATE INDEX by_name ON users (name);
		CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN NEW.name = 'a;b'; RETURN NEW; END $f$;
		CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch(); CREATE VIEW v AS SELECT name FROM users WHERE name <> ';';`)
	files, err := migration.Diff(t.Context(), dir, "two", want, dev.Dev, all)
	require.NoError(t, err)
	require.Len(t, files, 3, "the value, its use, the index")
	_, err = migration.Diff(t.Context(), dir, "none", want, dev.Dev, all)
	require.ErrorIs(t, err, migration.ErrNoChanges)

	// The index fails at first: a row in its way.
	more := state(want.SQL, "CREATE UNIQUE INDEX lonely ON users (name);")
	_, err = migration.Diff(t.Context(), dir, "three", more, dev.Dev, all)
	require.NoError(t, err)
	out, err := atlas(t, nil, "migrate", "validate", "--dir", "file://"+dir)
	require.NoError(t, err, out)
	for _, first := range []string{"ours", "theirs"} {
		url := emptyForAtlas(t)
		if first == "ours" {
			_, err := apply(t, url, dir, &migration.ApplyConfig{Limit: 2})
			require.NoError(t, err)
			requireTheirs(t, "apply", url, dir, "2")
		} else {
			requireTheirs(t, "apply", url, dir, "2")
			_, err := apply(t, url, dir, &migration.ApplyConfig{Limit: 2})
			require.NoError(t, err)
		}
		run(t, url, "ALTER TABLE users DISABLE TRIGGER touch; INSERT INTO users (name) VALUES ('x'), ('x')")
		if first == "ours" {
			_, err = apply(t, url, dir, nil)
			var partial *migration.PartialError
			require.True(t, errors.As(err, &partial), "%v", err)
		} else {
			out, err := theirs(t, "apply", url, dir)
			require.Error(t, err, out)
		}
		require.Equal(t, 4, len(status(t, url, dir).Applied)-1, first)
		run(t, url, "DROP INDEX IF EXISTS lonely; DELETE FROM users; ALTER TABLE users ENABLE TRIGGER touch")
		if first == "ours" {
			requireTheirs(t, "apply", url, dir)
		} else {
			_, err = apply(t, url, dir, nil)
			require.NoError(t, err)
		}
		requireNoDrift(t, url, dir, dev)
		res, err := down(t, url, dir, dev, &migration.DownConfig{To: files[0].Version})
		require.NoError(t, err)
		require.Len(t, res.Reverted, 3)
		requireNoDrift(t, url, dir, dev)
		require.Contains(t, requireTheirs(t, "status", url, dir), "Current Version: "+files[0].Version)
		requireTheirs(t, "apply", url, dir)
		requireNoDrift(t, url, dir, dev)
	}
}
