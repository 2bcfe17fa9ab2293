package localbranch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
	"github.com/stretchr/testify/require"
)

func hint(t *testing.T, err error) string {
	t.Helper()
	var h interface{ Hint() string }
	require.True(t, errors.As(err, &h), "no hint: %v", err)
	return h.Hint()
}

func TestNoProject(t *testing.T) {
	t.Parallel()
	dir := projectDir(t)
	p := openIn(t, dir, Config{})
	ctx := t.Context()
	_, list := p.List(ctx)
	_, get := p.Get(ctx, "main")
	_, create := p.Create(ctx, "x", branch.CreateOptions{})
	_, ep := p.Endpoint(ctx, "main")
	_, reset := p.Reset(ctx, "x")
	_, rename := p.Rename(ctx, "x", "y")
	_, status := p.Status(ctx)
	_, down := p.Down(ctx)
	_, prune := p.Prune(ctx)
	for _, err := range []error{list, get, create, ep, reset, rename, status, down, prune, p.Delete(ctx, "x")} {
		require.ErrorIs(t, err, ErrNoProject)
		require.Contains(t, hint(t, err), "espalier up")
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries, "nothing is made on the way")
}

func TestInitAtOnce(t *testing.T) {
	t.Parallel()
	dir := projectDir(t)
	ids := make([]string, 5)
	var wg sync.WaitGroup
	for i := range ids {
		p := openIn(t, dir, Config{})
		wg.Go(func() {
			b, err := p.Init(t.Context())
			if err == nil {
				ids[i] = b.ID
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		require.NotEmpty(t, id)
		require.Equal(t, ids[0], id)
	}
	p := openIn(t, dir, Config{})
	list, err := p.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	tidy(t, p)
}

// Closed to others, and the password in no file but one, no log, no process
// list.
func TestSecrets(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	p := openIn(t, projectDir(t), Config{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	_, err := p.Init(t.Context())
	require.NoError(t, err)
	exec1(t, p, "main", `CREATE TABLE item ()`)
	_, err = p.Create(t.Context(), "dev", branch.CreateOptions{})
	require.NoError(t, err)
	require.NoError(t, p.Close())
	password := p.mustFind("main").Password
	require.NotContains(t, log.String(), password)
	for _, cmdline := range processesOf(t, p.dir) {
		require.NotContains(t, cmdline, password)
	}
	err = filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		require.NoError(t, err)
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) || info.Mode()&fs.ModeSocket != 0 {
			return nil
		}
		require.Zero(t, info.Mode().Perm()&0o007, "%s is open to others: %s", path, info.Mode())
		if d.Type().IsRegular() {
			require.Zero(t, info.Mode().Perm()&0o077, "%s: %s", path, info.Mode())
			data, err := os.ReadFile(path)
			require.True(t, err == nil || errors.Is(err, fs.ErrNotExist), "%v", err)
			require.True(t, path == p.statePath() || !strings.Contains(string(data), password), "the password is in %s", path)
		}
		return nil
	})
	require.NoError(t, err)
	for _, dir := range []string{p.dir, filepath.Join(p.dir, "clusters"), filepath.Join(p.dir, "locks")} {
		info, err := os.Stat(dir)
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o700), info.Mode().Perm(), dir)
	}
	ignored, err := os.ReadFile(filepath.Join(p.dir, ".gitignore"))
	require.NoError(t, err)
	require.Equal(t, "*\n", string(ignored))
}

// Without users a server stops; with the next one all is as before.
func TestRestart(t *testing.T) {
	t.Parallel()
	dir := projectDir(t)
	p, err := Open(t.Context(), dir, Config{Linger: time.Millisecond})
	require.NoError(t, err)
	_, err = p.Init(t.Context())
	require.NoError(t, err)
	exec1(t, p, "main", `CREATE TABLE item AS SELECT generate_series(1, 7)`)
	before, err := p.Endpoint(t.Context(), "main")
	require.NoError(t, err)
	require.NoError(t, p.Close())
	_, err = p.Endpoint(t.Context(), "main")
	require.ErrorIs(t, err, errClosed)
	nothingRuns(t, dir)

	p = openIn(t, dir, Config{})
	b, err := p.Get(t.Context(), "main")
	require.NoError(t, err)
	require.Equal(t, branch.Ready, b.State, "idle, and looking at it wakes nothing")
	_, err = p.Create(t.Context(), "of idle", branch.CreateOptions{})
	require.NoError(t, err, "an idle parent is woken")
	require.Equal(t, 7, rows(t, p, "of idle"))
	after, err := p.Endpoint(t.Context(), "main")
	require.NoError(t, err)
	require.Equal(t, before.URL, after.URL)
	require.Equal(t, 7, rows(t, p, "main"))
}

func TestUpAndDown(t *testing.T) {
	t.Parallel()
	dir := projectDir(t)
	p, err := Open(t.Context(), dir, Config{Linger: time.Millisecond})
	require.NoError(t, err)
	b, err := p.Up(t.Context())
	require.NoError(t, err)
	require.Equal(t, branch.Active, b.State)
	_, err = p.Create(t.Context(), "dev", branch.CreateOptions{})
	require.NoError(t, err)
	require.NoError(t, p.Close())

	p = openIn(t, dir, Config{})
	require.Eventually(t, func() bool {
		s, err := p.Status(t.Context())
		return err == nil && s.Branches[0].Running && s.Branches[0].Kept && !s.Branches[1].Running
	}, time.Minute, 20*time.Millisecond, "what was brought up stays, what was only used goes")
	s, err := p.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, p.dir, s.Dir)
	require.NotEmpty(t, s.Version)
	require.Equal(t, "main", s.Branches[1].Parent)
	require.NotZero(t, s.Branches[0].HistoryFrom)
	for _, b := range s.Branches {
		require.Greater(t, b.Size, int64(1<<20))
		require.NotZero(t, b.Port)
	}
	stopped, err := p.Down(t.Context())
	require.NoError(t, err)
	require.Len(t, stopped, 1)
	require.Equal(t, "main", stopped[0].Name)
	nothingRuns(t, dir)
	stopped, err = p.Down(t.Context())
	require.NoError(t, err)
	require.Empty(t, stopped)
}

func TestKeep(t *testing.T) {
	t.Parallel()
	dir := projectDir(t)
	p, err := Open(t.Context(), dir, Config{Keep: true, Linger: time.Millisecond})
	require.NoError(t, err)
	_, err = p.Init(t.Context())
	require.NoError(t, err)
	require.NoError(t, p.Close())
	p = openIn(t, dir, Config{})
	status, err := pglocal.Inspect(p.clusterDir(p.mustFind("main").Cluster))
	require.NoError(t, err)
	require.True(t, status.Kept)
	require.True(t, status.Running)
}

func TestPorts(t *testing.T) {
	t.Parallel()
	dir := projectDir(t)
	st := &state{}
	port := st.freePort()
	p := openIn(t, dir, Config{Port: port})
	_, err := p.Init(t.Context())
	require.NoError(t, err)
	ep, err := p.Endpoint(t.Context(), "main")
	require.NoError(t, err)
	require.Equal(t, port, ep.Port)
	_, err = p.Down(t.Context())
	require.NoError(t, err)

	busy, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	require.NoError(t, err)
	_, err = p.Endpoint(t.Context(), "main")
	var taken *pglocal.PortTakenError
	require.True(t, errors.As(err, &taken), "%v", err)
	require.Equal(t, port, taken.Port)
	require.NotEmpty(t, hint(t, err))
	require.NotContains(t, err.Error(), "npg_")

	// Another port by the configuration, then the old one is free again.
	moved := openIn(t, dir, Config{Port: st.freePort()})
	_, err = moved.Init(t.Context())
	require.NoError(t, err)
	ep, err = p.Endpoint(t.Context(), "main")
	require.NoError(t, err)
	require.Equal(t, moved.cfg.Port, ep.Port)
	_, err = openIn(t, dir, Config{Port: port}).Init(t.Context())
	require.True(t, errors.As(err, &taken), "%v", err)
	require.NoError(t, busy.Close())
	exec1(t, p, "main", `SELECT 1`)
}

func TestVersionMismatch(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	install, err := p.postgres(t.Context(), 0)
	require.NoError(t, err)
	_, err = p.Down(t.Context())
	require.NoError(t, err)
	other := *install
	other.Major++
	q := openIn(t, filepath.Dir(p.dir), Config{Install: &other})
	_, err = q.Endpoint(t.Context(), "main")
	var mismatch *VersionError
	require.True(t, errors.As(err, &mismatch), "%v", err)
	require.Equal(t, install.Major, mismatch.Project)
	require.Equal(t, other.Major, mismatch.Found)
	require.Contains(t, hint(t, err), fmt.Sprint("Postgres ", install.Major))
	_, err = q.List(t.Context())
	require.NoError(t, err, "looking needs no Postgres")
	exec1(t, p, "main", `SELECT 1`)
}

// A folder's name may hold what a shell or a URL would take for its own.
func TestOddFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(projectDir(t), `it's 100% "odd" $(touch x) ü`)
	require.NoError(t, os.Mkdir(dir, 0o755))
	p := openIn(t, dir, Config{})
	_, err := p.Init(t.Context())
	require.NoError(t, err)
	exec1(t, p, "main", `CREATE TABLE item AS SELECT generate_series(1, 4)`)
	at := time.Now()
	time.Sleep(10 * time.Millisecond)
	exec1(t, p, "main", `DELETE FROM item`)
	_, err = p.Restore(t.Context(), "main", branch.RestoreOptions{At: branch.Point{Time: at}})
	require.NoError(t, err)
	require.Equal(t, 4, rows(t, p, "main"))
}

func TestPrune(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	_, err := p.Create(t.Context(), "stays", branch.CreateOptions{ExpiresAt: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	_, err = p.Create(t.Context(), "goes", branch.CreateOptions{})
	require.NoError(t, err)
	soon := time.Now().Add(time.Second)
	_, err = p.SetExpiration(t.Context(), "goes", soon)
	require.NoError(t, err)
	time.Sleep(time.Until(soon))
	b, err := p.Get(t.Context(), "goes")
	require.NoError(t, err, "an expired branch stays until it is pruned")
	require.True(t, b.Expired(time.Now()))
	deleted, err := p.Prune(t.Context())
	require.NoError(t, err)
	require.Len(t, deleted, 1)
	require.Equal(t, "goes", deleted[0].Name)
	deleted, err = p.Prune(t.Context())
	require.NoError(t, err)
	require.Empty(t, deleted)
	tidy(t, p)
}

// A live maker's branch is listed while it is made, and waited for by who wants
// to connect.
func TestCreatingIsShown(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	reserved, goOn := make(chan struct{}), make(chan struct{})
	p.at = func(point string) {
		if point == "create:reserved" {
			close(reserved)
			<-goOn
		}
	}
	var wg sync.WaitGroup
	var made, connected error
	wg.Go(func() { _, made = p.Create(context.WithoutCancel(t.Context()), "dev", branch.CreateOptions{}) })
	<-reserved
	q := openIn(t, filepath.Dir(p.dir), Config{})
	b, err := q.Get(t.Context(), "dev")
	require.NoError(t, err)
	require.Equal(t, branch.Creating, b.State)
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = q.Endpoint(short, "dev")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, q.Delete(t.Context(), "main"), branch.ErrRoot)
	wg.Go(func() { _, connected = q.Endpoint(context.WithoutCancel(t.Context()), "dev") })
	close(goOn)
	wg.Wait()
	require.NoError(t, made)
	require.NoError(t, connected)
}

func TestTwentyBranchesAtOnce(t *testing.T) {
	t.Parallel()
	dir := projectDir(t)
	p := openIn(t, dir, Config{})
	_, err := p.Init(t.Context())
	require.NoError(t, err)
	exec1(t, p, "main", `CREATE TABLE item AS SELECT generate_series(1, 9)`)
	const n = 20
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { _, errs[i] = p.Create(t.Context(), fmt.Sprint("b", i), branch.CreateOptions{}) })
	}
	wg.Wait()
	ports := map[int]bool{}
	for i, err := range errs {
		require.NoError(t, err)
		name := fmt.Sprint("b", i)
		require.Equal(t, 9, rows(t, p, name))
		ports[p.mustFind(name).Port] = true
	}
	require.Len(t, ports, n)
	for i := range n {
		wg.Go(func() { errs[i] = p.Delete(t.Context(), fmt.Sprint("b", i)) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	tidy(t, p)
	require.Equal(t, 9, rows(t, p, "main"))
	entries, err := os.ReadDir(filepath.Join(p.dir, "clusters"))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no file of them is left")
}
