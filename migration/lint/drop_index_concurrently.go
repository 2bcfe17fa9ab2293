package lint

import "fmt"

func dropIndexConcurrently() Rule {
	return Rule{Name: "drop-index-concurrently", Severity: Warning, Codes: []string{"PG102"}, Analyzer: "concurrent_index",
		Summary: "DROP INDEX without CONCURRENTLY",
		Why:     "It takes a moment, but under ACCESS EXCLUSIVE on the table: while it waits behind one long query, all other queries wait behind it.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				if verb(s) != "DROP" || word(s, 1) != "INDEX" || s.Before == s.After {
					continue
				}
				for _, i := range sorted(s.Before.Indexes) {
					t := s.table(i.Table)
					if s.After.Indexes[i.OID] != nil || t == nil || t.Partition || s.lockOn(i.Table) != AccessExclusive {
						continue
					}
					p.on(s, i.Table, brief, fmt.Sprintf("dropping index %s locks %s against reads and writes", i.Name, t),
						"-- in a file of its own that begins with\n-- atlas:txmode none\n\nDROP INDEX CONCURRENTLY "+(&Relation{Schema: t.Schema, Name: i.Name}).Quoted()+";")
				}
			}
		}}
}
