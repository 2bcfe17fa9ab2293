package lint

import "fmt"

func renameTable() Rule {
	return Rule{Name: "rename-table", Severity: Error, Codes: []string{"BC101"}, Analyzer: "incompatible",
		Summary: "RENAME of a table that was there before, or SET SCHEMA",
		Why:     "Applications that run use the old name and fail until they are replaced.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, t := range sorted(s.After.Relations) {
					old := s.Before.Relations[t.OID]
					if old == nil || old.String() == t.String() || !p.Existing(t.OID) || viewOver(s.After, old) {
						continue
					}
					p.on(s, t.OID, brief, fmt.Sprintf("%s becomes %s: applications that run fail", old, t),
						fmt.Sprintf("ALTER TABLE %s RENAME TO %s;\n-- in the same file, a view that answers to the old name:\nCREATE VIEW %[1]s AS SELECT * FROM %[2]s;\n-- drop it once no application uses it", old.Quoted(), t.Quoted()))
				}
			}
		}}
}

// viewOver tells whether something else answers to the relation's name.
func viewOver(c *Catalog, old *Relation) bool {
	for _, r := range c.Relations {
		if r.OID != old.OID && r.String() == old.String() {
			return true
		}
	}
	return false
}
