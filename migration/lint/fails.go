package lint

func fails() Rule {
	return Rule{Name: "fails", Severity: Error,
		Summary: "A statement that fails on the replayed directory",
		Why:     "It would fail in every database that the directory leads to. What comes after it was not looked at.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				if s.State != "" && s.State != "55P04" && (s.State != "25001" || !p.File.Tx || s.Fails) {
					p.report(s, Diagnostic{Message: s.Err})
				}
			}
		}}
}
