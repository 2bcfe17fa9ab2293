package lint_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/espalier-go/espalier/migration"
	"github.com/espalier-go/espalier/migration/lint"
	"github.com/espalier-go/espalier/neontest"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata anew")

// lintAll lints every change on a schema of its own in one run: before each one
// the base is made anew by a file that isn't linted.
func lintAll(t testing.TB, cfg migration.LintConfig, changes ...[]string) [][]migration.LintedFile {
	t.Helper()
	dir := t.TempDir()
	cfg.Files = []string{}
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	for i, files := range changes {
		write(fmt.Sprintf("%04d_base.sql", 10*i), "DROP SCHEMA IF EXISTS public CASCADE;\nCREATE SCHEMA public;\n"+base)
		for j, text := range files {
			name := fmt.Sprintf("%04d_change.sql", 10*i+j+1)
			write(name, text)
			cfg.Files = append(cfg.Files, name)
		}
	}
	require.NoError(t, migration.Hash(dir))
	dev := migration.OnServer(neontest.OpenWith(t, neontest.Config{Empty: true}).URL)
	rep, err := migration.Lint(t.Context(), os.DirFS(dir), dev, &cfg)
	require.NoError(t, err)
	out := make([][]migration.LintedFile, len(changes))
	for _, f := range rep.Files {
		var n int
		_, err := fmt.Sscanf(f.Version, "%d", &n)
		require.NoError(t, err)
		out[n/10] = append(out[n/10], f)
	}
	return out
}

// TestTable prints what lint says of the well-known changes, dangerous and
// safe, and compares every word with testdata/<rule>.txt.
func TestTable(t *testing.T) {
	t.Parallel()
	require.GreaterOrEqual(t, len(dangerous), 20)
	require.GreaterOrEqual(t, len(safe), 12)
	all := slices.Concat(safe, dangerous) // the last one fails, and ends the run
	var texts [][]string
	for _, c := range all {
		texts = append(texts, []string{c.sql})
	}
	reports := lintAll(t, migration.LintConfig{}, texts...)
	golden := make(map[string]string)
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "CHANGE\tRULES\tLOCK")
	for i, c := range all {
		require.Len(t, reports[i], 1, c.name)
		file := reports[i][0]
		var rules, locks []string
		for _, d := range file.Diagnostics {
			rules = append(rules, d.Rule)
			if d.Rule != c.rule {
				continue
			}
			require.NotEmpty(t, d.Message, c.name)
			require.Positive(t, d.Line, c.name)
			for _, l := range d.Locks {
				locks = append(locks, l.String())
			}
			golden[c.rule] += fmt.Sprintf("# %s\n%s\n\n%s, line %d: %s\nlocks: %s\nblocks: %s\n\n%s\n\n",
				c.name, c.sql, d.Severity, d.Line, d.Message, strings.Join(locks, ", "), d.Blocks, d.Fix)
		}
		if c.rule == "" {
			for _, s := range file.Statements {
				for _, l := range s.Locks {
					locks = append(locks, l.String())
				}
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.name, strings.Join(rules, " "), strings.Join(locks, ", "))
		if c.rule == "" {
			require.Empty(t, rules, "%s: %+v", c.name, file.Diagnostics)
			continue
		}
		require.Contains(t, rules, c.rule, "%s: %+v", c.name, file.Statements)
		if c.lock != "" {
			require.Contains(t, locks, c.lock, c.name)
		}
	}
	require.NoError(t, w.Flush())
	t.Log("\n" + table.String())
	for _, r := range lint.Rules() {
		if r.Name == "allow-comment" { // see allow_test.go
			continue
		}
		path := filepath.Join("testdata", r.Name+".txt")
		require.NotEmpty(t, golden[r.Name], "no dangerous change for the rule %s", r.Name)
		if *update {
			require.NoError(t, os.WriteFile(path, []byte(golden[r.Name]), 0o644))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), golden[r.Name])
	}
}

// The safe rewrites are safe: put in place of the change, lint has nothing to
// say about them.
func TestFixes(t *testing.T) {
	t.Parallel()
	rules := []string{"index-concurrently", "unique-using-index", "check-not-valid", "foreign-key-not-valid", "set-not-null",
		"reindex-concurrently", "drop-index-concurrently", "concurrently-in-transaction", "volatile-default", "generated-column"}
	var texts [][]string
	var names []string
	for _, c := range dangerous {
		if slices.Contains(rules, c.rule) && c.name != "add exclude" {
			texts, names = append(texts, []string{c.sql}), append(names, c.name)
		}
	}
	require.GreaterOrEqual(t, len(texts), len(rules))
	fixes := make([][]string, len(texts))
	for i, files := range lintAll(t, migration.LintConfig{}, texts...) {
		require.NotEmpty(t, files[0].Diagnostics, names[i])
		fixes[i] = split(files[0].Diagnostics[0].Fix)
		require.NotEmpty(t, fixes[i], names[i])
	}
	for i, files := range lintAll(t, migration.LintConfig{}, fixes...) {
		require.Len(t, files, len(fixes[i]), names[i])
		for _, f := range files {
			require.Empty(t, f.Diagnostics, "%s: %s", names[i], f.SQL)
		}
	}
}

// split makes files of a fix, where its comments say so.
func split(fix string) []string {
	var files []string
	text := ""
	cut := func() {
		if strings.Contains(text, ";") {
			files = append(files, text)
		}
		text = ""
	}
	for line := range strings.Lines(fix + "\n") {
		switch {
		case strings.HasPrefix(line, "-- in "):
			cut()
		case strings.HasPrefix(line, "-- ") && !strings.HasPrefix(line, "-- atlas:"):
		default:
			text += line
		}
	}
	cut()
	return files
}
