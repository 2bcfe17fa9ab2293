package entneon

import (
	"testing"

	"entgo.io/ent/entc/gen"
	"github.com/stretchr/testify/require"
)

// An entity keeps its name: ours gives way.
func TestFree(t *testing.T) {
	t.Parallel()
	g := &gen.Graph{Nodes: []*gen.Type{{Name: "Page"}, {Name: "User"}}}
	require.False(t, free(g, "Page"))
	require.True(t, free(g, "Cursor"))
}
