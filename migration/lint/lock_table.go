package lint

func lockTable() Rule {
	return Rule{Name: "lock-table", Severity: Warning,
		Summary: "LOCK TABLE with a mode that blocks",
		Why:     "It is held until the transaction ends, whatever follows. The statements of a migration take the locks they need.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				if locks := s.strong(); verb(s) == "LOCK" && len(locks) > 0 {
					p.on(s, locks[0].OID, brief, "it holds "+lockList(locks)+" until the transaction ends", "-- leave it out")
				}
			}
		}}
}
