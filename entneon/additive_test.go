package entneon_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/entneon"
)

// The generated code is ent's own with lines added: no line of ent's is changed
// or missing, apart from the two imports.
func TestGeneratedCodeAddsToEnt(t *testing.T) {
	loadMu.Lock()
	defer loadMu.Unlock()
	generated := func(options ...entc.Option) string {
		dir := filepath.Join(t.TempDir(), "ent")
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, entc.Generate("../ent/schema", &gen.Config{
			Target:   dir,
			Package:  "github.com/espalier-go/espalier/ent",
			Features: []gen.Feature{gen.FeatureExecQuery, gen.FeatureLock, gen.FeatureModifier, gen.FeatureUpsert, gen.FeatureNamedEdges},
		}, options...))
		return dir
	}
	stock := generated()
	ours := generated(entc.Extensions(entneon.New(entneon.Config{})))
	files := 0
	require.NoError(t, filepath.WalkDir(stock, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" {
			return err
		}
		files++
		rel, err := filepath.Rel(stock, name)
		require.NoError(t, err)
		rest := code(read(t, ours, rel))
		for _, line := range code(read(t, name)) {
			i := 0
			for i < len(rest) && rest[i] != line {
				i++
			}
			require.Less(t, i, len(rest), "%s: ent's line is missing: %s", rel, line)
			rest = rest[i+1:]
		}
		return nil
	}))
	require.Greater(t, files, 50)
}

// code is the lines of a file, without its imports.
func code(src string) []string {
	var out []string
	for line := range strings.Lines(src) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, `"`) {
			out = append(out, line)
		}
	}
	return out
}
