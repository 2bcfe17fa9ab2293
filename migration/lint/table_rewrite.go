package lint

func tableRewrite() Rule {
	return Rule{Name: "table-rewrite", Severity: Error,
		Summary: "Any other statement that writes a table anew: VACUUM FULL, CLUSTER, SET LOGGED, SET ACCESS METHOD",
		Why:     "The table is copied under ACCESS EXCLUSIVE and needs its size again on disk; reads and writes wait as long as it takes.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, oid := range s.Rewritten {
					if verb(s) == "TRUNCATE" {
						continue
					}
					if t := s.table(oid); t != nil && !p.reported(s, oid) {
						p.on(s, oid, rewrite, t.String()+" is written anew while reads and writes wait", rewriteFix(s))
					}
				}
			}
		}}
}

func rewriteFix(s *Statement) string {
	if v := verb(s); v == "VACUUM" || v == "CLUSTER" {
		return "-- a plain VACUUM (outside of migrations) makes the space usable again; pg_repack compacts without the lock"
	}
	return "-- make a new table beside it, fill it in batches, then swap the names in one short transaction"
}
