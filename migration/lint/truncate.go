package lint

import "strings"

func truncate() Rule {
	return Rule{Name: "truncate", Severity: Error, Analyzer: "destructive",
		Summary: "TRUNCATE of a table that was there before",
		Why:     "All rows are lost, with CASCADE also those of every table that refers to it, and reads and writes wait.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				locks := s.strong()
				if verb(s) != "TRUNCATE" || len(locks) == 0 {
					continue
				}
				names := make([]string, len(locks))
				for i, l := range locks {
					names[i] = l.Table
				}
				p.on(s, locks[0].OID, brief, "all rows are lost of "+strings.Join(names, ", "),
					"-- delete what is to go, in batches outside of a migration; or rename the table away and drop it once nobody misses it")
			}
		}}
}
