package migration_test

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/espalier-go/espalier/migration"
	"github.com/stretchr/testify/require"
)

func TestNew(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made")
	f, err := migration.New(dir, "add_view", &migration.NewConfig{Now: clock("20260102030405")})
	require.NoError(t, err)
	require.Equal(t, migration.File{Name: "20260102030405_add_view.sql", Version: "20260102030405", Description: "add_view"}, f)
	f, err = migration.New(dir, "second", &migration.NewConfig{Now: clock("20260102030405"), SQL: "SELECT 1;\n"})
	require.NoError(t, err)
	require.Equal(t, "20260102030406_second.sql", f.Name)
	require.NoError(t, migration.Validate(os.DirFS(dir)))
	require.Len(t, snapshot(t, dir), 3)
	for _, bad := range []string{"", "a b", "a/b", "..", "a.sql", "ä", "a\nb", strings.Repeat("x", 300)} {
		_, err := migration.New(dir, bad, nil)
		require.ErrorIs(t, err, migration.ErrInvalidName, bad)
	}
	write(t, dir, f.Name, "SELECT 2;")
	_, err = migration.New(dir, "third", nil)
	var sum *migration.ChecksumError
	require.ErrorAs(t, err, &sum, "a directory that doesn't fit its sum is left alone")
	require.Len(t, snapshot(t, dir), 3)
}

func TestNewAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := migration.New(dir, "x", nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Len(t, snapshot(t, dir), 11)
	require.NoError(t, migration.Validate(os.DirFS(dir)))
}

func TestValidate(t *testing.T) {
	t.Parallel()
	require.NoError(t, migration.Validate(os.DirFS(t.TempDir())), "an empty directory is fine")
	for name, c := range map[string]struct {
		spoil        func(dir string)
		file, reason string
		line         int
	}{
		"edited":    {func(dir string) { write(t, dir, "2_b.sql", "SELECT 3;") }, "2_b.sql", "edited", 3},
		"added":     {func(dir string) { write(t, dir, "1_b.sql", "SELECT 3;") }, "1_b.sql", "added", 3},
		"last":      {func(dir string) { write(t, dir, "3_c.sql", "SELECT 3;") }, "3_c.sql", "added", 4},
		"removed":   {func(dir string) { require.NoError(t, os.Remove(filepath.Join(dir, "1_a.sql"))) }, "1_a.sql", "removed", 2},
		"missing":   {func(dir string) { require.NoError(t, os.Remove(filepath.Join(dir, "atlas.sum"))) }, "atlas.sum", "missing", 0},
		"malformed": {func(dir string) { write(t, dir, "atlas.sum", "<<<<<<< HEAD\n") }, "atlas.sum", "malformed", 0},
	} {
		dir := folder(t, "1_a.sql", "SELECT 1;", "2_b.sql", "SELECT 2;")
		require.NoError(t, migration.Validate(os.DirFS(dir)))
		c.spoil(dir)
		err := migration.Validate(os.DirFS(dir))
		var sum *migration.ChecksumError
		require.ErrorAs(t, err, &sum, name)
		require.Equal(t, migration.ChecksumError{File: c.file, Reason: c.reason, Line: c.line}, *sum, name)
		require.ErrorContains(t, err, c.file)
		require.Contains(t, hint(err), "migrate hash", name)
		require.NoError(t, migration.Hash(dir))
		require.NoError(t, migration.Validate(os.DirFS(dir)), name)
	}
	require.ErrorIs(t, migration.Validate(os.DirFS(t.TempDir()+"/none")), fs.ErrNotExist)
	require.ErrorIs(t, migration.Hash(t.TempDir()+"/none"), fs.ErrNotExist)
}

// A file named twice would panic in the Atlas library.
func TestValidateDoubled(t *testing.T) {
	t.Parallel()
	dir := folder(t, "1_a.sql", "SELECT 1;")
	text := snapshot(t, dir)["atlas.sum"]
	line := strings.SplitAfter(text, "\n")[1]
	fsys := fstest.MapFS{"1_a.sql": {Data: []byte("SELECT 1;")}, "atlas.sum": {Data: []byte(resum(line + line))}}
	var sum *migration.ChecksumError
	require.ErrorAs(t, migration.Validate(fsys), &sum)
	require.Equal(t, "malformed", sum.Reason)
}

func FuzzValidate(f *testing.F) {
	f.Add("1_a.sql h1:x\n", "SELECT 1;")
	f.Add("1_a.sql h1:x\n2_b.sql h1:y\n1_a.sql h1:x\n", "")
	f.Add("h1:\n", "x")
	f.Fuzz(func(t *testing.T, lines, sql string) {
		fsys := fstest.MapFS{"1_a.sql": {Data: []byte(sql)}, "2_b.sql": {Data: []byte(sql)}}
		for _, sum := range []string{lines, resum(lines)} {
			fsys["atlas.sum"] = &fstest.MapFile{Data: []byte(sum)}
			if err := migration.Validate(fsys); err != nil && err.Error() == "" {
				t.Fatal("an error without text")
			}
		}
	})
}

// Killed at any moment, a writer leaves a directory that Validate accepts or
// explains, and Hash repairs.
func TestNewKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if to := os.Getenv("ESPALIER_TEST_NEW"); to != "" {
		for {
			if _, err := migration.New(to, "x", nil); err != nil {
				os.Exit(3)
			}
		}
	}
	for range 8 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestNewKilled$")
		cmd.Env = append(os.Environ(), "ESPALIER_TEST_NEW="+dir)
		before := len(snapshot(t, dir))
		require.NoError(t, cmd.Start())
		eventually(t, "files appear", func() bool {
			entries, err := os.ReadDir(dir)
			return err == nil && len(entries) > before+3
		})
		time.Sleep(rand.N(10 * time.Millisecond))
		require.NoError(t, cmd.Process.Kill())
		require.ErrorContains(t, cmd.Wait(), "killed", "the child did not stop by itself")
		if err := migration.Validate(os.DirFS(dir)); err != nil {
			var sum *migration.ChecksumError
			require.ErrorAs(t, err, &sum)
			require.Equal(t, "added", sum.Reason)
		}
		require.NoError(t, migration.Hash(dir))
		require.NoError(t, migration.Validate(os.DirFS(dir)))
	}
	// Temporary files of the killed are removed once they are old.
	old := filepath.Join(dir, ".espalier-1.tmp")
	require.NoError(t, os.WriteFile(old, nil, 0o644))
	require.NoError(t, os.Chtimes(old, time.Time{}, time.Now().Add(-time.Hour)))
	require.NoError(t, migration.Hash(dir))
	require.NoFileExists(t, old)
}
