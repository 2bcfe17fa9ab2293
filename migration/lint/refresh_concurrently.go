package lint

import "slices"

func refreshConcurrently() Rule {
	return Rule{Name: "refresh-concurrently", Severity: Error,
		Summary: "REFRESH MATERIALIZED VIEW without CONCURRENTLY",
		Why:     "Reads of the view wait under ACCESS EXCLUSIVE until its query is done.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, l := range s.strong() {
					t := s.table(l.OID)
					if t.Kind != "m" || !slices.Contains(s.Rewritten, l.OID) {
						continue
					}
					p.on(s, l.OID, rewrite, t.String()+" can't be read while its query runs",
						"-- needs a unique index over whole rows of the view\nREFRESH MATERIALIZED VIEW CONCURRENTLY "+t.Quoted()+";")
				}
			}
		}}
}
