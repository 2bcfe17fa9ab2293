package neontests

import (
	"context"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/localneon"
	"github.com/espalier-go/espalier/internal/neonapi"
)

// neon is a local Neon behind the oracle, and a client of it.
type neon struct {
	*neonapi.Client
	server  *localneon.Server
	oracle  *oracle
	url     string
	project string
}

func open(t *testing.T) *neon {
	t.Helper()
	return openIn(t, projectDir(t))
}

func openIn(t *testing.T, dir string) *neon {
	t.Helper()
	s, err := localneon.Open(t.Context(), dir, localneon.Config{ExpiryInterval: 200 * time.Millisecond})
	require.NoError(t, err)
	o := newOracle(t, s)
	srv := httptest.NewServer(o)
	n := &neon{server: s, oracle: o, url: srv.URL + localneon.Prefix, project: s.ProjectID()}
	n.Client, err = neonapi.New(s.Key(), neonapi.Config{BaseURL: n.url})
	require.NoError(t, err)
	t.Cleanup(func() {
		srv.Close()
		require.NoError(t, s.Close())
		ctx := context.WithoutCancel(t.Context())
		require.NoError(t, localneon.Down(ctx, dir, localbranch.Config{}))
		p, err := localbranch.Open(ctx, dir, localbranch.Config{})
		require.NoError(t, err)
		_, err = p.Down(ctx)
		require.NoError(t, err)
		require.NoError(t, p.Close())
	})
	return n
}

// projectDir is an empty folder that other users may enter, in memory where
// there is plenty.
func projectDir(t *testing.T) string {
	t.Helper()
	parent := os.TempDir()
	var fs unix.Statfs_t
	if err := unix.Statfs("/dev/shm", &fs); err == nil && uint64(fs.Bavail)*uint64(fs.Bsize) > 4<<30 {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "neontests-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

// one reads one value over a connection string.
func one[T any](t *testing.T, url, sql string, args ...any) T {
	t.Helper()
	var v T
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	require.NoError(t, conn.QueryRow(t.Context(), sql, args...).Scan(&v), sql)
	return v
}

func run(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	_, err = conn.Exec(t.Context(), sql)
	require.NoError(t, err, sql)
}

// uri is the direct URL of a branch's neondb.
func (n *neon) uri(t *testing.T, branch string) string {
	t.Helper()
	url, err := n.ConnectionURI(t.Context(), n.project, branch, "", "neondb", "neondb_owner", false)
	require.NoError(t, err)
	return url
}

func connect(t *testing.T, url string) (*pgx.Conn, error) {
	t.Helper()
	return pgx.Connect(t.Context(), url)
}
