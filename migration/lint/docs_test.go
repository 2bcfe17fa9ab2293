package lint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/espalier-go/espalier/migration/lint"
	"github.com/stretchr/testify/require"
)

// The table of rules in docs/migrations.md is that of the code.
func TestDocs(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	table.WriteString("| rule | severity | codes | reports | why |\n|---|---|---|---|---|\n")
	for _, r := range lint.Rules() {
		require.NotEmpty(t, r.Summary, r.Name)
		require.NotEmpty(t, r.Why, r.Name)
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s | %s |\n", r.Name, r.Severity, strings.Join(r.Codes, ", "), r.Summary, r.Why)
	}
	path := filepath.Join("..", "..", "docs", "migrations.md")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	const begin, end = "<!-- rules -->\n", "<!-- /rules -->\n"
	before, rest, ok := strings.Cut(string(text), begin)
	require.True(t, ok)
	got, after, ok := strings.Cut(rest, end)
	require.True(t, ok)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(before+begin+table.String()+end+after), 0o644))
		return
	}
	require.Equal(t, table.String(), got)
}
