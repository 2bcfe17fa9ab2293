package neontest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/neontest"
)

// recorder is a test whose failure is looked at.
type recorder struct {
	testing.TB
	out     strings.Builder
	cleanup []func()
}

func (r *recorder) Cleanup(f func())                  { r.cleanup = append(r.cleanup, f) }
func (r *recorder) Failed() bool                      { return r.out.Len() > 0 }
func (r *recorder) Errorf(format string, args ...any) { fmt.Fprintf(&r.out, format, args...) }
func (r *recorder) Fatalf(format string, args ...any) { r.Errorf(format, args...); runtime.Goexit() }

// run calls f as a test would and returns what it failed with.
func (r *recorder) run(f func(testing.TB)) string {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	for _, c := range r.cleanup {
		c()
	}
	return r.out.String()
}

func TestOpenBrokenMigration(t *testing.T) {
	t.Parallel()
	conn := admin(t)
	fsys := files("create table fine (n int);", "create table broken (n nonsense);")
	name, err := neontest.TemplateName(fsys)
	require.NoError(t, err)
	for range 2 {
		out := (&recorder{TB: t}).run(func(tb testing.TB) { neontest.OpenWith(tb, neontest.Config{Migrations: fsys}) })
		require.Contains(t, out, "20260101000001_step.sql")
		require.Contains(t, out, `type "nonsense" does not exist`)
	}
	require.False(t, exists(t, conn, name), "a failed template stays")
}

func TestOpenReportsLeak(t *testing.T) {
	t.Parallel()
	out := (&recorder{TB: t}).run(func(tb testing.TB) {
		db := neontest.OpenWith(tb, neontest.Config{Empty: true})
		_, err := db.SQL().Query("select 1")
		require.NoError(t, err)
	})
	require.Contains(t, out, "1 connections still in use")
}

func TestOpenWithoutProject(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out := (&recorder{TB: t}).run(func(tb testing.TB) { neontest.OpenWith(tb, neontest.Config{Project: dir}) })
	require.Contains(t, out, "no atlas.hcl in "+dir)
	require.Contains(t, out, "hint: set ESPALIER_PROJECT")
}

func TestFindProjectUpwards(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, "a", "b")
	require.NoError(t, os.MkdirAll(deep, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "atlas.hcl"), nil, 0o600))
	t.Chdir(deep)
	t.Setenv("ESPALIER_PROJECT", "")
	got, err := neontest.FindProject("")
	require.NoError(t, err)
	want, err := filepath.EvalSymlinks(root)
	require.NoError(t, err)
	require.Equal(t, want, got)
}
