package lint

func concurrentlyInTransaction() Rule {
	return Rule{Name: "concurrently-in-transaction", Severity: Error, Codes: []string{"PG103"}, Analyzer: "concurrent_index",
		Summary: "A statement that can't run in a transaction, such as CREATE INDEX CONCURRENTLY, in a file that does",
		Why:     "Postgres refuses it (25001). The file fails wherever it is applied.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				if p.File.Tx && s.State == "25001" {
					p.report(s, Diagnostic{Message: s.Err, Locks: s.Locks,
						Fix: "-- in a file of its own that begins with this line and an empty one\n-- atlas:txmode none\n\n" + s.Text})
				}
			}
		}}
}
