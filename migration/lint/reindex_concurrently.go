package lint

func reindexConcurrently() Rule {
	return Rule{Name: "reindex-concurrently", Severity: Error,
		Summary: "REINDEX without CONCURRENTLY",
		Why:     "Writes to the table wait under SHARE, and queries that would use the index wait for it too.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				if verb(s) != "REINDEX" {
					continue
				}
				for _, l := range s.strong() {
					p.on(s, l.OID, build, "the indexes of "+l.Table+" are built anew while writes wait",
						"-- in a file of its own that begins with\n-- atlas:txmode none\n\nREINDEX TABLE CONCURRENTLY "+s.table(l.OID).Quoted()+";")
				}
			}
		}}
}
