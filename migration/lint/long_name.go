package lint

import "fmt"

func longName() Rule {
	return Rule{Name: "long-name", Severity: Error, Analyzer: "naming",
		Summary: "A name over 63 bytes",
		Why:     "Postgres cuts it off and goes on: the next diff finds another name than the one that was asked for, and two long names may become the same.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, name := range s.Truncated {
					p.report(s, Diagnostic{Message: fmt.Sprintf("Postgres cuts the name %q after 63 bytes", name), Fix: "-- give it a shorter name (StorageKey in the ent schema)"})
				}
			}
		}}
}
