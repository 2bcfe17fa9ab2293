package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFindProject(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, dir := range []string{"bare/a", "git/.git", "git/a/b", "git/sub/.espalier", "git/sub/x", "atlas/a/b", "atlas/.git", "linked/a"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, dir), 0o700))
	}
	for _, f := range []string{"atlas/a/atlas.hcl", "linked/.git"} { // .git is a file in a worktree
		require.NoError(t, os.WriteFile(filepath.Join(root, f), nil, 0o600))
	}
	for from, want := range map[string]string{
		"bare/a": "bare/a", "git/a/b": "git", "git/sub/x": "git/sub", "atlas/a/b": "atlas/a", "atlas": "atlas", "linked/a": "linked",
	} {
		got, err := findProject(filepath.Join(root, from))
		require.NoError(t, err)
		require.Equal(t, filepath.Join(root, want), got, from)
	}
}
