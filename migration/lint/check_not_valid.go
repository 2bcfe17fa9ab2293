package lint

import "fmt"

func checkNotValid() Rule {
	return Rule{Name: "check-not-valid", Severity: Error, Codes: []string{"PG305"}, Analyzer: "data_depend",
		Summary: "ADD CHECK that is validated at once",
		Why:     "All rows are checked under ACCESS EXCLUSIVE. NOT VALID takes a moment and guards new rows; VALIDATE CONSTRAINT checks the old ones later while reads and writes go on.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, c := range p.newConstraints(s, "c") {
					if !c.Validated {
						continue
					}
					t := s.After.Relations[c.Table]
					p.on(s, c.Table, scan, fmt.Sprintf("constraint %s checks all rows of %s while reads and writes wait", c.Name, t), notValid(t, c))
				}
			}
		}}
}

// notValid adds the constraint in two files.
func notValid(t *Relation, c *Constraint) string {
	return fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s %s NOT VALID;\n-- in the next file\nALTER TABLE %[1]s VALIDATE CONSTRAINT %[2]s;",
		t.Quoted(), quote(c.Name), c.Def)
}
