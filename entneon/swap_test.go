package entneon

import (
	"testing"

	"entgo.io/ent/entc/gen"
	"github.com/stretchr/testify/require"
)

func TestSwapImports(t *testing.T) {
	t.Parallel()
	var cfg gen.Config
	require.NoError(t, swapImports()(&cfg))
	for theirs, ours := range swaps {
		require.NotContains(t, cfg.Storage.Imports, theirs)
		require.Contains(t, cfg.Storage.Imports, ours)
	}
	stock, err := gen.NewStorage("sql")
	require.NoError(t, err)
	for theirs := range swaps {
		require.Contains(t, stock.Imports, theirs, "the storage of other graphs is not touched")
	}
	require.Error(t, swapImports()(&cfg), "twice")
	gremlin, err := gen.NewStorage("gremlin")
	require.NoError(t, err)
	require.Error(t, swapImports()(&gen.Config{Storage: gremlin}))
}
