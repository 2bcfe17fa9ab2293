package localneon_test

import (
	"context"
	"os"
	osexec "os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/localneon"
	"github.com/espalier-go/espalier/internal/neonapi"
)

const daemonDir = "LOCALNEON_TEST_DAEMON"

func TestMain(m *testing.M) {
	if dir := os.Getenv(daemonDir); dir != "" {
		cfg := localneon.Config{Branches: localbranch.Config{Keep: true}, ExpiryInterval: 20 * time.Millisecond}
		if err := localneon.Serve(context.Background(), dir, cfg, nil); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func start(t *testing.T, dir string) (localneon.Info, *neonapi.Client) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := osexec.Command(exe)
	cmd.Env = append(os.Environ(), daemonDir+"="+dir)
	info, started, err := localneon.Start(t.Context(), dir, cmd)
	require.NoError(t, err)
	require.True(t, started)
	c, err := neonapi.New(info.Key, neonapi.Config{BaseURL: info.URL})
	require.NoError(t, err)
	return info, c
}

// TestDaemonKilled kills the daemon while it makes branches. What is listed
// after is whole, what was not finished is gone, and nothing stays on disk.
func TestDaemonKilled(t *testing.T) {
	t.Parallel()
	dir := projectDir(t)
	p, err := localbranch.Open(t.Context(), dir, localbranch.Config{})
	require.NoError(t, err)
	_, err = p.Init(t.Context())
	require.NoError(t, err)
	require.NoError(t, p.Close())
	t.Cleanup(func() {
		_, err := localneon.Stop(context.WithoutCancel(t.Context()), dir)
		require.NoError(t, err)
		down(t, dir)
	})
	ctx := t.Context()
	info, c := start(t, dir)
	url := info.URL
	for i, pause := range []time.Duration{0, 20 * time.Millisecond, 80 * time.Millisecond} {
		made, err := c.CreateBranch(ctx, info.ProjectID, neonapi.CreateBranch{
			Branch: neonapi.NewBranch{Name: string(rune('a' + i))}, Endpoints: []neonapi.NewEndpoint{{Type: neonapi.ReadWrite}}})
		require.NoError(t, err)
		time.Sleep(pause)
		require.NoError(t, syscall.Kill(info.PID, syscall.SIGKILL))
		require.Eventually(t, func() bool {
			now, err := localneon.Inspect(dir)
			return err == nil && !now.Running
		}, time.Minute, 5*time.Millisecond)

		info, c = start(t, dir)
		require.Equal(t, url, info.URL, "the address stays")
		all, err := c.Branches(ctx, info.ProjectID)
		require.NoError(t, err)
		for _, b := range all {
			require.Equal(t, "ready", b.CurrentState)
			uri, err := c.ConnectionURI(ctx, info.ProjectID, b.ID, "", "neondb", "neondb_owner", false)
			require.NoError(t, err)
			endpoints, err := c.Endpoints(ctx, info.ProjectID, b.ID)
			require.NoError(t, err)
			_, err = c.StartEndpoint(ctx, info.ProjectID, endpoints[0].ID)
			require.NoError(t, err)
			require.Equal(t, 1, query[int](t, uri, `SELECT 1`))
		}
		for _, op := range made.Operations {
			now, err := c.Operation(ctx, info.ProjectID, op.ID)
			require.NoError(t, err)
			require.True(t, now.Done(), "%+v", now)
		}
		dirs, err := os.ReadDir(filepath.Join(dir, localbranch.StateDir, "clusters"))
		require.NoError(t, err)
		require.Len(t, dirs, len(all))
	}
	ran, err := localneon.Stop(ctx, dir)
	require.NoError(t, err)
	require.True(t, ran)
	ran, err = localneon.Stop(ctx, dir)
	require.NoError(t, err)
	require.False(t, ran)
}

// A daemon whose folder is removed ends by itself.
func TestFolderRemoved(t *testing.T) {
	t.Parallel()
	dir := projectDir(t)
	done := make(chan error, 1)
	up := make(chan localneon.Info, 1)
	go func() {
		done <- localneon.Serve(t.Context(), dir, localneon.Config{ExpiryInterval: 10 * time.Millisecond}, func(i localneon.Info) { up <- i })
	}()
	select {
	case <-up:
	case err := <-done:
		require.NoError(t, err)
	}
	p, err := localbranch.Open(t.Context(), dir, localbranch.Config{})
	require.NoError(t, err)
	_, err = p.Down(t.Context())
	require.NoError(t, err)
	require.NoError(t, p.Close())
	require.NoError(t, os.RemoveAll(filepath.Join(dir, localbranch.StateDir)))
	require.ErrorContains(t, <-done, "folder is gone")
}
