package lint

func dropTable() Rule {
	return Rule{Name: "drop-table", Severity: Error, Codes: []string{"DS102"}, Analyzer: "destructive",
		Summary: "DROP TABLE of a table that was there before",
		Why:     "Its rows are lost, and applications that run and still use it fail.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, t := range sorted(s.Before.Relations) {
					if s.After.Relations[t.OID] != nil || !p.Existing(t.OID) || t.Kind != "r" && t.Kind != "p" || schemaGone(s, t) {
						continue
					}
					p.on(s, t.OID, brief, "table "+t.String()+" and its rows are dropped",
						"-- release an application that no longer uses it; rename it away and look for errors; then drop it, with the comment\n-- espalier:allow drop-table nobody has used it since …")
				}
			}
		}}
}

// schemaGone tells whether the table went with its schema.
func schemaGone(s *Statement, t *Relation) bool {
	for _, name := range s.After.Schemas {
		if name == t.Schema {
			return false
		}
	}
	return true
}
