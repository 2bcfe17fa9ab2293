package lint

import "fmt"

func dropForeignKey() Rule {
	return Rule{Name: "drop-foreign-key", Severity: Warning, Codes: []string{"CD101"}, Analyzer: "condrop",
		Summary: "DROP CONSTRAINT of a foreign key that was there before",
		Why:     "From then on rows may refer to what isn't there, and ON DELETE does nothing; both tables are locked for a moment.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				if s.Before == s.After {
					continue
				}
				for _, c := range sorted(s.Before.Constraints) {
					t := s.After.Relations[c.Table]
					if c.Type != "f" || c.Child || s.After.Constraints[c.OID] != nil || t == nil || !p.Existing(c.Table) || p.replaced(c) {
						continue
					}
					p.on(s, c.Table, brief, fmt.Sprintf("foreign key %s of %s is dropped: nothing keeps its rows consistent", c.Name, t),
						"-- if it is replaced, add the new one NOT VALID in the same file")
				}
			}
		}}
}

// replaced tells whether the file ends with a foreign key over the same columns.
func (p *Pass) replaced(old *Constraint) bool {
	last := p.File.Statements[len(p.File.Statements)-1]
	for _, c := range last.After.Constraints {
		if c.Type == "f" && c.Table == old.Table && covers(c.Keys, old.Keys) {
			return true
		}
	}
	return false
}
