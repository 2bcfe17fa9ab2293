package localneon_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/localneon"
	"github.com/espalier-go/espalier/internal/neonapi"
)

// projectDir is an empty folder that other users may enter, in memory where
// there is plenty.
func projectDir(t *testing.T) string {
	t.Helper()
	parent := os.TempDir()
	var fs unix.Statfs_t
	if err := unix.Statfs("/dev/shm", &fs); err == nil && uint64(fs.Bavail)*uint64(fs.Bsize) > 4<<30 {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "localneon-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

// neon is a local Neon and a client of it.
type neon struct {
	*neonapi.Client
	server  *localneon.Server
	http    *httptest.Server
	dir     string
	project string
}

func open(t *testing.T, dir string, cfg localneon.Config) *neon {
	t.Helper()
	s, err := localneon.Open(t.Context(), dir, cfg)
	require.NoError(t, err)
	n := &neon{server: s, http: httptest.NewServer(s), dir: dir, project: s.ProjectID()}
	n.Client, err = neonapi.New(s.Key(), neonapi.Config{BaseURL: n.http.URL + localneon.Prefix})
	require.NoError(t, err)
	t.Cleanup(func() {
		n.http.Close()
		require.NoError(t, s.Close())
		down(t, dir)
	})
	return n
}

// down stops all Postgres of a folder.
func down(t *testing.T, dir string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	require.NoError(t, localneon.Down(ctx, dir, localbranch.Config{}))
	p, err := localbranch.Open(ctx, dir, localbranch.Config{})
	require.NoError(t, err)
	_, err = p.Down(ctx)
	require.NoError(t, err)
	require.NoError(t, p.Close())
	left, err := filepath.Glob(filepath.Join(dir, localbranch.StateDir, "clusters", "*", "keeper.json"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// send sends a request that the typed client has no method for.
func (n *neon) send(t *testing.T, method, path, body string) (status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, n.BaseURL()+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+n.server.Key())
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}
