package entneon_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/entneon"
)

var (
	loadMu sync.Mutex
	graphs = map[string]*gen.Graph{}
)

// graph loads the schema once and returns a copy that generates into target.
// Ent builds a program in a folder with a fixed name, so loads take turns.
func graph(t *testing.T, schemaPath, target string) *gen.Graph {
	t.Helper()
	loadMu.Lock()
	defer loadMu.Unlock()
	if graphs[schemaPath] == nil {
		g, err := entc.LoadGraph(schemaPath, &gen.Config{})
		require.NoError(t, err)
		graphs[schemaPath] = g
	}
	g := *graphs[schemaPath]
	cfg := *g.Config
	cfg.Target = target
	g.Config = &cfg
	return &g
}

// generate runs the extension's hooks around inner, as ent does.
func generate(g *gen.Graph, cfg entneon.Config, inner gen.GenerateFunc) error {
	var next gen.Generator = inner
	hooks := entneon.New(cfg).Hooks()
	for i := len(hooks) - 1; i >= 0; i-- {
		next = hooks[i](next)
	}
	return next.Generate(g)
}

// nothing stands in for ent's own generation.
func nothing(*gen.Graph) error { return nil }

func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
	return file
}

func read(t *testing.T, elem ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(elem...))
	require.NoError(t, err)
	return string(b)
}
