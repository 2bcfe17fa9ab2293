package pglocal

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// TestStart takes both of root's ways around; another user has only one.
func TestStart(t *testing.T) {
	t.Parallel()
	for _, way := range []struct{ name, parent, mode string }{
		{"where every user can go", clusters, RunUser},
		{"where only this user can go", hidden, RunNamespace},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			dir := dirIn(t, way.parent)
			srv := mustStart(t, dir, Config{})
			want := way.mode
			if os.Geteuid() != 0 {
				want = RunSelf
				if _, err := user.LookupId(itoa(os.Geteuid())); err != nil {
					want = RunNamespace // initdb insists on a user with a name
				}
			}
			require.Equal(t, want, srv.Identity().Mode)
			id, err := RunAs(dir, &srv.state.Install)
			require.NoError(t, err)
			require.Equal(t, srv.Identity().UID, id.UID)
			require.Equal(t, srv.Identity().Mode, id.Mode)

			admin := connect(t, srv.AdminConnString("postgres"))
			require.Equal(t, "cloud_admin", ask[string](t, admin, "SELECT current_user"))
			require.True(t, ask[bool](t, admin, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
			require.Equal(t, fmt.Sprint(srv.Install().Major), ask[string](t, admin, "SELECT (current_setting('server_version_num')::int / 10000)::text"))
			for setting, want := range map[string]string{
				"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "wal_segment_size": "1MB",
				"server_encoding": "UTF8", "listen_addresses": "127.0.0.1", "unix_socket_permissions": "0700",
				"port": fmt.Sprint(srv.Port()), "data_directory": srv.DataDir(), "wal_level": "logical", "TimeZone": "UTC",
			} {
				require.Equal(t, want, ask[string](t, admin, "SHOW "+setting), setting)
			}
			require.NotEmpty(t, ask[string](t, admin, "SELECT pg_backup_start('b', true)::text"))
			mustExec(t, admin, "SELECT pg_backup_stop()")
			mustExec(t, admin, "SELECT pg_create_physical_replication_slot('p'), pg_create_logical_replication_slot('l', 'pgoutput')")
			mustExec(t, admin, "SELECT pg_drop_replication_slot('p'), pg_drop_replication_slot('l')")

			// Over TCP nobody gets in without a password.
			_, err = pgx.Connect(context.Background(), fmt.Sprintf("postgres://cloud_admin@127.0.0.1:%d/postgres?sslmode=disable", srv.Port()))
			require.Error(t, err)
			mustExec(t, admin, "CREATE ROLE someone LOGIN PASSWORD 'opensesame'; CREATE TABLE t AS SELECT 42 AS n; GRANT SELECT ON t TO someone")
			tcp := connect(t, fmt.Sprintf("postgres://someone:opensesame@127.0.0.1:%d/postgres?sslmode=disable", srv.Port()))
			require.Equal(t, 42, ask[int](t, tcp, "SELECT n FROM t"))

			requireMode(t, srv.SocketDir(), 0o700)
			requireMode(t, srv.DataDir(), 0o700)
			for _, name := range []string{"postgres.log", "keeper.log", "keeper.json", "postgresql.conf", "users.lock", "start.lock", "keeper.lock", "port"} {
				requireMode(t, filepath.Join(dir, name), 0o600)
			}

			st, err := Inspect(dir)
			require.NoError(t, err)
			require.Equal(t, Status{Exists: true, Running: true, PID: srv.state.PID, KeeperPID: srv.state.KeeperPID,
				Port: srv.Port(), Version: srv.Install().Version, Users: 1}, st)

			// The last user leaves, and somebody comes again.
			port := srv.Port()
			require.NoError(t, srv.Close())
			requireGone(t, dir)
			st, err = Inspect(dir)
			require.NoError(t, err)
			require.Equal(t, Status{Exists: true, Port: port, Version: fmt.Sprint(srv.Install().Major)}, st)
			srv = mustStart(t, dir, Config{})
			require.Equal(t, port, srv.Port())
			require.Equal(t, 42, ask[int](t, connect(t, srv.AdminConnString("postgres")), "SELECT n FROM t"))
		})
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	first := mustStart(t, dir, Config{})
	second := mustStart(t, dir, Config{})
	require.Equal(t, first.state, second.state)
	st, err := Inspect(dir)
	require.NoError(t, err)
	require.Equal(t, 2, st.Users)

	// A symbolic link leads to the same cluster.
	link := filepath.Join(clusters, "link-to-join")
	require.NoError(t, os.Symlink(dir, link))
	third := mustStart(t, link, Config{})
	require.Equal(t, first.state, third.state)

	_, err = Start(context.Background(), dir, Config{Port: first.Port() + 1})
	require.ErrorContains(t, err, "already runs on port")
	requireHint(t, err, "stop it first")

	require.NoError(t, first.Close())
	require.NoError(t, first.Close(), "a second Close does nothing")
	require.Error(t, first.Keep(context.Background()))
	time.Sleep(200 * time.Millisecond)
	require.Equal(t, 1, ask[int](t, connect(t, second.AdminConnString("postgres")), "SELECT 1"), "others still use it")
}

func TestSettings(t *testing.T) {
	t.Parallel()
	srv := mustStart(t, newDir(t), Config{Ephemeral: true, Settings: map[string]string{
		"work_mem": "12MB", "search_path": `"a'b\c", public`, "my.option": "x y", "max_connections": "301",
	}})
	conn := connect(t, srv.AdminConnString("postgres"))
	require.Equal(t, "12MB", ask[string](t, conn, "SHOW work_mem"))
	require.Equal(t, `"a'b\c", public`, ask[string](t, conn, "SHOW search_path"))
	require.Equal(t, "x y", ask[string](t, conn, "SHOW my.option"))
	require.Equal(t, "301", ask[string](t, conn, "SHOW max_connections"))

	for name, value := range map[string]string{
		"port": "5432", "Listen_Addresses": "*", "data_directory": "/", "a b": "x", "work_mem": "1MB\nfsync=off",
	} {
		_, err := Start(context.Background(), newDir(t), Config{Settings: map[string]string{name: value}})
		require.Error(t, err, name)
	}
}

func TestStartFails(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	_, err := Start(context.Background(), dir, Config{Settings: map[string]string{"shared_buffers": "nonsense"}})
	var failed *StartError
	require.ErrorAs(t, err, &failed)
	require.Contains(t, err.Error(), `invalid value for parameter "shared_buffers"`, "the last lines of the log")
	require.Empty(t, processesOf(dir, 10*time.Second))

	// What failed doesn't stand in the way of the next start.
	mustStart(t, dir, Config{})
}

func TestStartForeignFolder(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "thesis.txt"), []byte("precious"), 0o600))
	_, err := Start(context.Background(), dir, Config{})
	require.ErrorContains(t, err, "isn't a data directory")
	requireHint(t, err, "another folder")
	_, err = Start(context.Background(), dir, Config{Ephemeral: true})
	require.ErrorContains(t, err, "isn't a data directory")
	require.FileExists(t, filepath.Join(dir, "data", "thesis.txt"))
}

func TestStartOtherVersion(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	srv := mustStart(t, dir, Config{})
	in := srv.Install()
	require.NoError(t, srv.Close())
	require.NoError(t, Stop(context.Background(), dir))
	other := in
	other.Major++
	_, err := Start(context.Background(), dir, Config{Install: &other})
	var version *VersionError
	require.ErrorAs(t, err, &version)
	require.Equal(t, in.Major, version.Data)
	requireHint(t, err, fmt.Sprintf("ESPALIER_PG_MAJOR=%d", in.Major))
}

func TestStartLongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(newDir(t), strings.Repeat("long-", 30), "it's a \"path\", with\\everything")
	t.Cleanup(func() { require.NoError(t, Stop(context.Background(), dir)) })
	srv := mustStart(t, dir, Config{})
	require.False(t, strings.HasPrefix(srv.SocketDir(), dir))
	requireMode(t, srv.SocketDir(), 0o700)
	require.Equal(t, srv.DataDir(), ask[string](t, connect(t, srv.AdminConnString("postgres")), "SHOW data_directory"))
	require.NoError(t, srv.Close())
	requireGone(t, dir)
	require.NoDirExists(t, srv.SocketDir())
}

// TestStartCalledOff ends the start at many moments; none leaves anything behind.
func TestStartCalledOff(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	for i := range 12 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i*7)*time.Millisecond)
		srv, err := Start(ctx, dir, Config{Linger: -1})
		cancel()
		if err == nil {
			require.NoError(t, srv.Close())
		} else {
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
	}
	requireGone(t, dir)
	mustStart(t, dir, Config{})
}
