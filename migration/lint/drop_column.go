package lint

import "fmt"

func dropColumn() Rule {
	return Rule{Name: "drop-column", Severity: Error, Codes: []string{"DS103"}, Analyzer: "destructive",
		Summary: "DROP COLUMN of a column that was there before",
		Why:     "Its values are lost, and applications that run and name it (a generated client names every column) fail.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, c := range p.columnChanges(s) {
					if c.after != nil || c.before == nil || p.addedHere(c) {
						continue
					}
					p.on(s, c.table.OID, brief, fmt.Sprintf("column %s.%s and its values are dropped", c.table, c.before.Name),
						"-- release an application whose schema no longer has the column; then drop it, with the comment\n-- espalier:allow drop-column no release uses it since …")
				}
			}
		}}
}
