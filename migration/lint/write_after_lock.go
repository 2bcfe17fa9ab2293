package lint

func writeAfterLock() Rule {
	return Rule{Name: "write-after-lock", Severity: Error,
		Summary: "INSERT, UPDATE or DELETE after a strong lock in the same transaction",
		Why:     "The lock of the schema change is held until the last row is written. Rows belong into a transaction of their own, better in batches.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				held := p.held(s)
				if len(held) == 0 || !p.written(s) {
					continue
				}
				p.holding(s, held, "it writes rows of "+s.writes()[0].Table+" while the transaction still holds "+lockList(held),
					"-- write the rows in a file of its own before or after the schema change")
			}
		}}
}
