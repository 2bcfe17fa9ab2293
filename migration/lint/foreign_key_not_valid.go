package lint

import "fmt"

func foreignKeyNotValid() Rule {
	return Rule{Name: "foreign-key-not-valid", Severity: Error, Codes: []string{"PG306"}, Analyzer: "data_depend",
		Summary: "ADD FOREIGN KEY that is validated at once",
		Why:     "All rows are looked up under SHARE ROW EXCLUSIVE on both tables: writes to either wait. NOT VALID takes a moment; VALIDATE CONSTRAINT lets writes go on.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, c := range p.newConstraints(s, "f") {
					if !c.Validated || addedEmpty(s, c) {
						continue
					}
					t := s.After.Relations[c.Table]
					p.on(s, c.Table, scan, fmt.Sprintf("foreign key %s looks up all rows of %s while writes to both tables wait", c.Name, t), notValid(t, c))
				}
			}
		}}
}

// addedEmpty tells whether a column of the key came with the statement and is
// null everywhere: then Postgres has nothing to validate.
func addedEmpty(s *Statement, c *Constraint) bool {
	before, after := s.Before.Relations[c.Table], s.After.Relations[c.Table]
	for _, k := range c.Keys {
		if before.Columns[k] == nil && after.Columns[k] != nil && after.Columns[k].Default == "" {
			return true
		}
	}
	return false
}
