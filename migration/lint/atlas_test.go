package lint_test

import (
	"database/sql"
	"slices"
	"testing"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
	_ "ariga.io/atlas/sql/postgres/postgrescheck" // registers the analyzers
	"ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqlcheck"
	"ariga.io/atlas/sql/sqlclient"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/migration"
	"github.com/espalier-go/espalier/neontest"
)

// What the open analyzers of the Atlas library report, lint reports, with their
// codes.
func TestAtlasAnalyzers(t *testing.T) {
	t.Parallel()
	var names []string
	var texts [][]string
	for _, c := range dangerous {
		if slices.Contains([]string{"unique-using-index", "add-not-null-column", "set-not-null", "drop-table", "drop-column", "drop-foreign-key",
			"rename-table", "rename-column", "column-type", "volatile-default", "check-not-valid"}, c.rule) {
			names, texts = append(names, c.name), append(texts, []string{c.sql})
		}
	}
	seen := make(map[string]bool)
	for i, files := range lintAll(t, migration.LintConfig{}, texts...) {
		var ours []string
		for _, d := range files[0].Diagnostics {
			ours = append(ours, d.Code)
		}
		for _, code := range analyze(t, texts[i][0]) {
			seen[code] = true
			if slices.Contains(ours, "BC101") || slices.Contains(ours, "BC102") {
				continue // a rename, which without OIDs looks like a drop
			}
			// A unique index has two codes.
			require.Contains(t, append(ours, "MF101"), code, names[i])
		}
	}
	require.Subset(t, seen, map[string]bool{"DS102": true, "DS103": true, "MF103": true, "MF104": true, "CD101": true})
}

// analyze runs the analyzers on one change of the base.
func analyze(t *testing.T, text string) []string {
	t.Helper()
	url := neontest.OpenWith(t, neontest.Config{Empty: true}).URL
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	defer db.Close()
	_, err = db.Exec(base)
	require.NoError(t, err)
	drv, err := postgres.Open(db)
	require.NoError(t, err)
	file := &sqlcheck.File{File: migrate.NewLocalFile("1_change.sql", []byte(text))}
	inspect := func() *schema.Realm {
		realm, err := drv.InspectRealm(t.Context(), &schema.InspectRealmOption{Schemas: []string{"public"}})
		require.NoError(t, err)
		return realm
	}
	stmts, err := migrate.FileStmtDecls(drv, file.File)
	require.NoError(t, err)
	file.From = inspect()
	file.To = file.From
	for _, s := range stmts {
		_, err := db.Exec(s.Text)
		require.NoError(t, err, s.Text)
		next := inspect()
		changes, err := drv.RealmDiff(file.To, next)
		require.NoError(t, err)
		file.Changes, file.To = append(file.Changes, &sqlcheck.Change{Changes: changes, Stmt: s}), next
		file.Sum = append(file.Sum, changes...)
	}
	analyzers, err := sqlcheck.AnalyzerFor(postgres.DriverName, nil)
	require.NoError(t, err)
	require.NotEmpty(t, analyzers)
	var codes []string
	pass := &sqlcheck.Pass{File: file, Dev: &sqlclient.Client{Name: postgres.DriverName, Driver: drv},
		Reporter: sqlcheck.ReportWriterFunc(func(r sqlcheck.Report) {
			for _, d := range r.Diagnostics {
				codes = append(codes, d.Code)
			}
		})}
	for _, a := range analyzers {
		// In the command line destructive changes are errors.
		_ = a.Analyze(t.Context(), pass)
	}
	return codes
}
