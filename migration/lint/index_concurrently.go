package lint

import (
	"fmt"
	"strings"
)

func indexConcurrently() Rule {
	return Rule{Name: "index-concurrently", Severity: Error, Codes: []string{"PG101", "MF101"}, Analyzer: "concurrent_index",
		Summary: "CREATE INDEX without CONCURRENTLY on a table that has rows",
		Why:     "It reads the whole table under SHARE, and every write waits until it is done. CONCURRENTLY reads twice and blocks no write.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, i := range sorted(s.After.Indexes) {
					t := s.After.Relations[i.Table]
					if s.Before == s.After || s.Before.Indexes[i.OID] != nil || t == nil || t.Partition || !p.Existing(i.Table) || rebuilt(s, i) || behindConstraint(s, i) || !s.lockOn(i.Table).Strong() {
						continue
					}
					msg := fmt.Sprintf("building index %s reads all of %s while writes wait", i.Name, t)
					if i.Unique {
						msg += ", and fails on the first duplicate"
					}
					p.on(s, i.Table, build, msg, concurrentIndex(t, i))
				}
			}
		}}
}

// rebuilt tells whether the index is an old one that a change of a column's
// type made anew.
func rebuilt(s *Statement, i *Index) bool {
	for _, b := range s.Before.Indexes {
		if b.Table == i.Table && b.Name == i.Name {
			return true
		}
	}
	return false
}

// behindConstraint tells whether the index belongs to a constraint.
func behindConstraint(s *Statement, i *Index) bool {
	for _, c := range s.After.Constraints {
		if c.Index == i.OID && c.Type != "f" {
			return true
		}
	}
	return false
}

// concurrentIndex is the file that builds the index without blocking writes.
func concurrentIndex(t *Relation, i *Index) string {
	def := strings.Replace(i.Def, "INDEX "+quoteMaybe(i.Name), "INDEX CONCURRENTLY "+quoteMaybe(i.Name), 1)
	if t.Kind == "p" {
		return "-- on a partitioned table, in steps:\n" + strings.TrimSuffix(i.Def, ";") +
			";  -- with ON ONLY: an invalid index of the parent alone\n-- then on each partition CREATE INDEX CONCURRENTLY, and ALTER INDEX … ATTACH PARTITION"
	}
	return "-- in a file of its own that begins with\n-- atlas:txmode none\n\n" + def + ";"
}

// quoteMaybe quotes a name the way Postgres prints definitions: only when need be.
func quoteMaybe(name string) string {
	for i, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (i == 0 || r < '0' || r > '9') {
			return quote(name)
		}
	}
	return name
}
