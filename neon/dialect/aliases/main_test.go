package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The committed files are what the tool writes for the release in use: after a
// new release of ent, what changed shows here first.
func TestAliasesAreCurrent(t *testing.T) {
	t.Parallel()
	for importPath, folder := range map[string]string{
		"entgo.io/ent/dialect/sql":          "../sql",
		"entgo.io/ent/dialect/sql/sqlgraph": "../sql/sqlgraph",
	} {
		want, err := aliases(importPath, folder)
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(folder, "aliases.go"))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "run go generate in neon/dialect/sql")
	}
}

func TestAliasesRefuseWhatTheyCannotExpress(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"variable":         "package x\nvar Known = 1\n",
		"generic type":     "package x\ntype Box[T any] struct{}\n",
		"unexported type":  "package x\ntype hidden int\nfunc F(h hidden) {}\n",
		"unnamed argument": "package x\nfunc F(int) {}\n",
		"syntax":           "package x\nfunc {",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "x.go"), []byte(src), 0o600))
			theirs, err := surface(dir)
			if err == nil {
				_, err = render("example.com/x", "v1.0.0", theirs, symbols{})
			}
			require.Error(t, err)
		})
	}
}

// A new name, a lost name and a changed signature each change the file.
func TestAliasesShowChanges(t *testing.T) {
	t.Parallel()
	write := func(src string) string {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "x.go"), []byte(src), 0o600))
		theirs, err := surface(dir)
		require.NoError(t, err)
		out, err := render("example.com/x", "v1.0.0", theirs, symbols{funcs: map[string]function{"Ours": {}}})
		require.NoError(t, err)
		return string(out)
	}
	base := write("package x\nfunc F(a int) {}\nfunc Ours(a int) {}\n")
	require.Contains(t, base, "func F(a int) { ent.F(a) }")
	require.Contains(t, base, "var _ func(a int) = Ours")
	require.NotEqual(t, base, write("package x\nfunc F(a, b int) {}\nfunc Ours(a int) {}\n"))
	require.NotEqual(t, base, write("package x\nfunc F(a int) {}\nfunc G() {}\nfunc Ours(a int) {}\n"))
	require.NotEqual(t, base, write("package x\nfunc Ours(a int) {}\n"))
	require.NotEqual(t, base, write("package x\nfunc F(a int) {}\nfunc Ours(a string) {}\n"))
}
