package lint_test

import (
	"testing"

	"github.com/espalier-go/espalier/migration"
	"github.com/espalier-go/espalier/migration/lint"
	"github.com/stretchr/testify/require"
)

func TestAllow(t *testing.T) {
	t.Parallel()
	const drop, two = "ALTER TABLE book DROP COLUMN amount;", "ALTER TABLE book DROP COLUMN amount;\nALTER TABLE book DROP COLUMN year;"
	cases := []struct {
		sql  string
		want []string
	}{
		{"-- espalier:allow drop-column nobody reads it\n" + drop, nil},
		{"-- What it is.\n-- espalier:allow drop-column nobody reads it\n-- More.\n" + drop, nil},
		{"-- espalier:allow drop-column nobody reads it\n" + two, []string{"drop-column"}},
		{"-- espalier:allow drop-column nobody reads them\n\n" + two, nil},
		{"-- espalier:allow drop-column\n" + drop, []string{"allow-comment", "drop-column"}},
		{"-- espalier:allow drop-colum nobody reads it\n" + drop, []string{"allow-comment", "drop-column"}},
		{"-- espalier:allow drop-table nobody reads it\n" + drop, []string{"allow-comment", "drop-column"}},
		{"-- atlas:nolint\n" + drop, nil},
		{"-- atlas:nolint DS103\n" + drop, nil},
		{"-- atlas:nolint destructive\n\n" + two, nil},
		{"-- atlas:nolint DS102\n" + drop, []string{"drop-column"}},
		{"SELECT '-- espalier:allow drop-column x';\n" + drop, []string{"drop-column"}},
	}
	var texts [][]string
	for _, c := range cases {
		texts = append(texts, []string{c.sql})
	}
	reports := lintAll(t, migration.LintConfig{}, texts...)
	for i, c := range cases {
		var rules []string
		for _, d := range reports[i][0].Diagnostics {
			rules = append(rules, d.Rule)
		}
		require.ElementsMatch(t, c.want, rules, c.sql)
	}
	for _, files := range lintAll(t, migration.LintConfig{Severities: map[string]lint.Severity{"drop-column": lint.Off, "allow-comment": lint.Off}}, texts...) {
		require.Empty(t, files[0].Diagnostics)
	}
}

// Comments of any content neither crash Check nor allow a failing statement.
func FuzzAllow(f *testing.F) {
	for _, seed := range []string{"-- espalier:allow drop-table x\n", "-- atlas:nolint\n\n", "--\n\n-- espalier:allow", "\r\n-- atlas:nolint fails\r\n"} {
		f.Add(seed)
	}
	c := &lint.Catalog{}
	f.Fuzz(func(t *testing.T, text string) {
		s := &lint.Statement{Text: "x", Line: 1 + len(text)/2, Index: 1, Before: c, After: c, State: "42601", Err: "no", Fails: true}
		diags := lint.Check(&lint.File{Name: "a.sql", Text: text, Tx: true, Statements: []*lint.Statement{s}}, lint.Config{})
		require.NotEmpty(t, diags)
		require.Equal(t, "fails", diags[len(diags)-1].Rule)
	})
}
