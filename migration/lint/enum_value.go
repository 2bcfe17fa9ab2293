package lint

func enumValueInTransaction() Rule {
	return Rule{Name: "enum-value-in-transaction", Severity: Error,
		Summary: "A new enum value used in the transaction that adds it",
		Why:     "Postgres refuses it (55P04): the value can be rolled back, a row with it can't. The file fails wherever it is applied.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				if s.State == "55P04" {
					p.report(s, Diagnostic{Message: "it uses an enum value that this transaction adds: " + s.Err,
						Fix: "-- ALTER TYPE … ADD VALUE in this file; whatever uses the value in the next one"})
				}
			}
		}}
}
