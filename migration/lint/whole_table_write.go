package lint

import "slices"

func wholeTableWrite() Rule {
	return Rule{Name: "whole-table-write", Severity: Warning,
		Summary: "UPDATE or DELETE that reads a whole table",
		Why:     "One long transaction locks every row it touches, keeps VACUUM from cleaning up and leaves as many dead rows. Batches by key, each committed, hold up nobody.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, l := range s.writes() {
					if v := verb(s); v == "INSERT" || v == "COPY" || !slices.Contains(s.Scanned, l.OID) {
						continue
					}
					p.on(s, l.OID, scan, "it reads all of "+l.Table+" and keeps the rows that it changes locked to the end",
						"-- outside of migrations, again and again until it says 0 rows:\n-- WITH batch AS (SELECT ctid FROM "+s.table(l.OID).Quoted()+" WHERE … LIMIT 5000 FOR UPDATE SKIP LOCKED)\n-- UPDATE … FROM batch …;")
				}
			}
		}}
}
