package localbranch

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// kill runs an operation in a process of its own that dies at a point of it.
func kill(t *testing.T, p *Provider, op, point string, at time.Time) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), victimOp+"="+op, victimPoint+"="+point, victimDir+"="+filepath.Dir(p.dir),
		victimTime+"="+at.Format(time.RFC3339Nano))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	require.True(t, errors.As(err, &exit), "%s at %s: %v\n%s", op, point, err, out)
	status, ok := exit.Sys().(syscall.WaitStatus)
	require.True(t, ok && status.Signaled() && status.Signal() == syscall.SIGKILL, "%s never came to %s: %s", op, point, out)
}

// tidy checks that the next operation cleared what was left: the folders and
// locks are those of the branches, and only their servers run.
func tidy(t *testing.T, p *Provider) {
	t.Helper()
	// Who keeps the history holds a branch's lock, too.
	p.background.Wait()
	require.NoError(t, p.update(t.Context(), func(*state) error { return nil }))
	st, err := p.read()
	require.NoError(t, err)
	clusters, ids := map[string]bool{}, map[string]bool{}
	for _, r := range st.Branches {
		require.NotEqual(t, branch.Creating, r.State)
		require.Nil(t, r.Pending)
		clusters[r.Cluster], ids[r.ID] = true, true
	}
	entries, err := os.ReadDir(filepath.Join(p.dir, "clusters"))
	require.NoError(t, err)
	require.Len(t, entries, len(clusters))
	for _, e := range entries {
		require.True(t, clusters[e.Name()], e.Name())
	}
	locks, err := os.ReadDir(filepath.Join(p.dir, "locks"))
	require.NoError(t, err)
	for _, e := range locks {
		require.True(t, ids[e.Name()], "a lock of no branch: %s", e.Name())
	}
	for _, cmdline := range processesOf(t, filepath.Join(p.dir, "clusters")) {
		known := false
		for c := range clusters {
			known = known || containsPath(cmdline, p.clusterDir(c))
		}
		require.True(t, known, "a server of no branch: %s", cmdline)
	}
}

func rows(t *testing.T, p *Provider, name string) int {
	t.Helper()
	ep, err := p.Endpoint(t.Context(), name)
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), ep.URL)
	require.NoError(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	var n int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM item`).Scan(&n))
	return n
}

func exec1(t *testing.T, p *Provider, name, sql string) {
	t.Helper()
	ep, err := p.Endpoint(t.Context(), name)
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), ep.URL)
	require.NoError(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	_, err = conn.Exec(t.Context(), sql)
	require.NoError(t, err)
}

// project has main with 10 rows, dev made from it with 5, and main again with
// 20; at is when main had 10.
func project(t *testing.T) (p *Provider, at time.Time) {
	t.Helper()
	p = newProject(t)
	exec1(t, p, "main", `CREATE TABLE item AS SELECT generate_series(1, 10) AS id`)
	time.Sleep(10 * time.Millisecond)
	at = time.Now()
	time.Sleep(10 * time.Millisecond)
	_, err := p.Create(t.Context(), "dev", branch.CreateOptions{})
	require.NoError(t, err)
	exec1(t, p, "dev", `DELETE FROM item WHERE id > 5`)
	exec1(t, p, "main", `INSERT INTO item SELECT generate_series(11, 20)`)
	return p, at
}

func TestKilledInit(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"init:reserved", "init:started", "init:built"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			p := openIn(t, projectDir(t), Config{})
			kill(t, p, "init", point, time.Time{})
			half := p.mustFind(DefaultBranch)
			require.Equal(t, branch.Creating, half.State)
			_, err := p.Get(t.Context(), DefaultBranch)
			require.ErrorIs(t, err, ErrNoProject, "half a project is none")
			again, err := p.Init(t.Context())
			require.NoError(t, err)
			require.NotEqual(t, half.ID, again.ID)
			exec1(t, p, "main", `CREATE TABLE item ()`)
			tidy(t, p)
		})
	}
}

func TestKilledCreate(t *testing.T) {
	t.Parallel()
	p, at := project(t)
	for _, c := range []struct {
		op, point string
		rows      int
	}{
		{"create", "create:reserved", 20},
		{"create", "build:copied", 20},
		{"create", "build:started", 20},
		{"create", "create:built", 20},
		{"create-at", "build:copied", 10},
		{"create-at", "build:started", 10},
		{"create-at", "history:base", 10},
	} {
		kill(t, p, c.op, c.point, at)
		half := p.mustFind("new")
		require.Equal(t, branch.Creating, half.State, "%s at %s", c.op, c.point)
		_, err := p.Endpoint(t.Context(), "new")
		require.ErrorIs(t, err, branch.ErrNotFound, "half a branch is none")

		opts := branch.CreateOptions{}
		if c.op == "create-at" {
			opts.At.Time = at
		}
		b, err := p.Create(t.Context(), "new", opts)
		require.NoError(t, err, "the name is free again after %s at %s", c.op, c.point)
		require.NotEqual(t, half.ID, b.ID)
		require.Equal(t, c.rows, rows(t, p, "new"))
		require.Equal(t, 20, rows(t, p, "main"))
		require.NoError(t, p.Delete(t.Context(), "new"))
		tidy(t, p)
	}
}

func TestKilledReset(t *testing.T) {
	t.Parallel()
	p, at := project(t)
	before, err := p.Endpoint(t.Context(), "dev")
	require.NoError(t, err)
	for _, c := range []struct {
		point string
		rows  int
	}{
		{"replace:pending", 5}, {"build:copied", 5}, {"build:started", 5}, {"replace:built", 5}, {"replace:stopped", 5},
		{"replace:swapped", 20},
	} {
		kill(t, p, "reset", c.point, at)
		require.Equal(t, c.rows, rows(t, p, "dev"), "after a kill at %s", c.point)
		require.Equal(t, 20, rows(t, p, "main"))
		tidy(t, p)
	}
	_, err = p.Reset(t.Context(), "dev")
	require.NoError(t, err)
	after, err := p.Endpoint(t.Context(), "dev")
	require.NoError(t, err)
	require.Equal(t, before.URL, after.URL)
}

func TestKilledRestore(t *testing.T) {
	t.Parallel()
	p, at := project(t)
	dev, err := p.Get(t.Context(), "dev")
	require.NoError(t, err)
	for _, point := range []string{"replace:pending", "build:started", "replace:built", "replace:stopped"} {
		kill(t, p, "restore", point, at)
		require.Equal(t, 20, rows(t, p, "main"), "after a kill at %s", point)
		tidy(t, p)
		_, err := p.Get(t.Context(), "before")
		require.ErrorIs(t, err, branch.ErrNotFound, "the reserved name is free again")
		now, err := p.Get(t.Context(), "dev")
		require.NoError(t, err)
		require.Equal(t, dev.ParentID, now.ParentID)
	}
	kill(t, p, "restore", "replace:swapped", at)
	require.Equal(t, 10, rows(t, p, "main"))
	require.Equal(t, 20, rows(t, p, "before"))
	kept, err := p.Get(t.Context(), "before")
	require.NoError(t, err)
	now, err := p.Get(t.Context(), "dev")
	require.NoError(t, err)
	require.Equal(t, kept.ID, now.ParentID, "all of it took place, or nothing")
	tidy(t, p)
}

func TestKilledDelete(t *testing.T) {
	t.Parallel()
	p, at := project(t)
	kill(t, p, "delete", "delete:stopped", at)
	require.Equal(t, 5, rows(t, p, "dev"), "it is still there")
	tidy(t, p)
	for _, point := range []string{"delete:removed", "discard"} {
		kill(t, p, "delete", point, at)
		_, err := p.Get(t.Context(), "dev")
		require.ErrorIs(t, err, branch.ErrNotFound)
		_, err = p.Create(t.Context(), "dev", branch.CreateOptions{})
		require.NoError(t, err)
		tidy(t, p)
	}
}

func TestKilledWhileKeepingHistory(t *testing.T) {
	t.Parallel()
	p, at := project(t)
	p.drop(p.mustFind("main").Cluster)
	for _, b := range must(p.bases(p.mustFind("main").Cluster)) {
		require.NoError(t, os.RemoveAll(b.dir))
	}
	kill(t, p, "history", "history:base", at)
	require.Equal(t, 20, rows(t, p, "main"))
	require.Eventually(t, func() bool { return len(must(p.bases(p.mustFind("main").Cluster))) == 1 }, time.Minute, 20*time.Millisecond,
		"the next wake begins a history again")
	_, err := p.Create(t.Context(), "new", branch.CreateOptions{At: branch.Point{Time: time.Now()}})
	require.NoError(t, err)
	tidy(t, p)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
