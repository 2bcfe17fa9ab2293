package pglocal

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// TestSharedColdSix begins with an empty cache in six processes at once.
func TestSharedColdSix(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(newDir(t), "cache")
	var helpers []*helper
	began := time.Now()
	for range 6 {
		helpers = append(helpers, startHelper(t, "shared", cache))
	}
	pids, names := map[string]bool{}, map[string]bool{}
	for _, h := range helpers {
		pid, url, _ := strings.Cut(h.line(t), " ")
		pids[pid] = true
		names[ask[string](t, connect(t, url), "SELECT current_database()")] = true
	}
	t.Logf("six at once took %s", time.Since(began).Round(time.Millisecond))
	require.Len(t, pids, 1, "one server for all")
	require.Len(t, names, 6, "a database for each")
	dirs, err := filepath.Glob(filepath.Join(cache, "shared", "*"))
	require.NoError(t, err)
	require.Len(t, dirs, 1)
	st, err := Inspect(dirs[0])
	require.NoError(t, err)
	require.True(t, st.Running)
	running, err := (cluster{dirs[0]}).readState()
	require.NoError(t, err)
	for _, h := range helpers {
		h.kill9(t)
	}
	requireGone(t, dirs[0])
	require.Empty(t, processesOf(running.DataDir, 20*time.Second))
	require.NoDirExists(t, running.DataDir)
	require.NoDirExists(t, (cluster{dirs[0]}).volatileParent(memoryDir))
}

// TestSharedKilled: a killed keeper leaves data in memory, the next one removes it.
func TestSharedKilled(t *testing.T) {
	t.Parallel()
	in, err := Find(context.Background(), FindConfig{})
	require.NoError(t, err)
	cfg := SharedConfig{Install: in, CacheDir: filepath.Join(newDir(t), "cache"), Linger: 50 * time.Millisecond}
	first, err := Shared(context.Background(), cfg)
	require.NoError(t, err)
	kill9(t, first.Server().state.KeeperPID)
	require.NoError(t, first.Close())
	again, err := Shared(context.Background(), cfg)
	require.NoError(t, err)
	conn := connect(t, again.AdminURL())
	require.Equal(t, "off", ask[string](t, conn, "SHOW fsync"))
	data := again.Server().DataDir()
	require.NoError(t, conn.Close(context.Background()))
	require.NoError(t, again.Close())
	require.Empty(t, processesOf(data, 20*time.Second))
	requireGone(t, again.Server().cluster.dir)
	require.NoDirExists(t, filepath.Dir(data))
}

func TestSharedDatabaseURL(t *testing.T) {
	// Not parallel: it sets the environment.
	t.Setenv("DATABASE_URL", "postgres://someone:opensesame@db.example.com/x")
	s, err := Shared(context.Background(), SharedConfig{CacheDir: "/nonexistent"})
	require.NoError(t, err)
	require.Equal(t, "postgres://someone:opensesame@db.example.com/x", s.AdminURL())
	require.Nil(t, s.Server())
	require.NoError(t, s.Close())
}

func TestVolatile(t *testing.T) {
	t.Parallel()
	require.Empty(t, inMemory(1<<62), "nobody has that much")
	require.NoError(t, removeOwn(filepath.Join(base, "nothing")))
	if os.Geteuid() != 0 {
		require.Error(t, removeOwn("/usr"))
	}
}

func TestCreateDatabase(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	srv := mustStart(t, newDir(t), Config{Ephemeral: true})
	admin := srv.AdminConnString("postgres")
	mustExec(t, connect(t, admin), "CREATE ROLE boss")

	const odd = `a"b'; c/d?e=f%20é`
	template, err := CreateDatabase(ctx, admin, DatabaseOptions{Name: odd, Owner: "boss"})
	require.NoError(t, err)
	require.Equal(t, odd, template.Name)
	conn := connect(t, template.URL)
	require.Equal(t, odd, ask[string](t, conn, "SELECT current_database()"))
	require.Equal(t, "boss", ask[string](t, conn, "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()"))
	mustExec(t, conn, "CREATE TABLE t AS SELECT 7 AS n")
	require.NoError(t, conn.Close(ctx))

	for _, fileCopy := range []bool{false, true} {
		db, err := CreateDatabase(ctx, admin, DatabaseOptions{Template: odd, FileCopy: fileCopy})
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(db.Name, "espalier_"))
		clone := connect(t, db.URL)
		require.Equal(t, 7, ask[int](t, clone, "SELECT n FROM t"))
		require.NoError(t, DropDatabase(ctx, admin, db.Name), "although somebody is connected")
		require.Error(t, clone.Ping(ctx))
		require.NoError(t, DropDatabase(ctx, admin, db.Name), "it is gone already")
	}
	_, err = CreateDatabase(ctx, admin, DatabaseOptions{Name: odd})
	require.ErrorContains(t, err, "already exists")
	_, err = CreateDatabase(ctx, admin, DatabaseOptions{Template: "no such"})
	require.ErrorContains(t, err, "does not exist")
}

func TestWithDatabase(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ conn, name, host, user, password string }{
		{"postgres://u:p%40ss@h.example:6000/old?sslmode=disable", "n", "h.example", "u", "p@ss"},
		{"postgresql://u@h/old?dbname=older", "a b/ü", "h", "u", ""},
		{"postgres://u@h", "n", "h", "u", ""},
		{"host=h user=u dbname=old password='p w'", `n'\ m`, "h", "u", "p w"},
		{"host=h user=u", "n", "h", "u", ""},
		{"postgres://u@/x?host=%2Ftmp%2Fs&port=77", "n", "/tmp/s", "u", ""},
	} {
		got, err := WithDatabase(c.conn, c.name)
		require.NoError(t, err)
		cfg, err := pgx.ParseConfig(got)
		require.NoError(t, err, got)
		require.Equal(t, c.name, cfg.Database)
		require.Equal(t, c.host, cfg.Host)
		require.Equal(t, c.user, cfg.User)
		if c.password != "" {
			require.Equal(t, c.password, cfg.Password)
		}
	}
	_, err := WithDatabase("postgres://u:secret@h:port/x", "n")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "secret")
}
