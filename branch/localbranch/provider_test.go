package localbranch_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/branchtest"
	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/stretchr/testify/require"
)

func TestProvider(t *testing.T) {
	branchtest.Run(t, func(t *testing.T) branch.Provider {
		p := open(t, projectDir(t), localbranch.Config{})
		_, err := p.Init(t.Context())
		require.NoError(t, err)
		return p
	})
}

// projectDir is an empty folder that other users may enter, as a checkout is.
func projectDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	return dir
}

// open opens a provider whose servers stop with the test.
func open(t *testing.T, dir string, cfg localbranch.Config) *localbranch.Provider {
	t.Helper()
	p, err := localbranch.Open(t.Context(), dir, cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if _, err := p.Down(ctx); err != nil {
			require.ErrorIs(t, err, localbranch.ErrNoProject)
		}
		require.NoError(t, p.Close())
	})
	return p
}
