package lint

import (
	"maps"
	"slices"
)

func dropSchema() Rule {
	return Rule{Name: "drop-schema", Severity: Error, Codes: []string{"DS101"}, Analyzer: "destructive",
		Summary: "DROP SCHEMA",
		Why:     "All that is in it is lost, and applications that run fail.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, oid := range slices.Sorted(maps.Keys(s.Before.Schemas)) {
					if _, ok := s.After.Schemas[oid]; !ok {
						p.report(s, Diagnostic{Message: "schema " + s.Before.Schemas[oid] + " is dropped with all that is in it", Locks: s.strong(),
							Fix: "-- drop the tables one by one, each once nobody reads it"})
					}
				}
			}
		}}
}
