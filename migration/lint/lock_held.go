package lint

import (
	"slices"
	"strings"
)

func lockHeld() Rule {
	return Rule{Name: "lock-held", Severity: Error,
		Summary: "A scan or rewrite while an earlier statement's strong lock is still held",
		Why:     "Locks last until the transaction ends, so a VALIDATE CONSTRAINT that would block nobody holds up everybody when the file has taken ACCESS EXCLUSIVE before.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				var held []Lock
				for _, l := range p.held(s) {
					// Where the statement takes it itself, another rule says so.
					if s.lockOn(l.OID) < l.Mode {
						held = append(held, l)
					}
				}
				if len(held) == 0 || !p.slow(s) || p.written(s) {
					continue
				}
				p.holding(s, held, "it reads or writes a whole table while the transaction still holds "+lockList(held),
					"-- end the file before this statement and put it into the next one: each file is a transaction of its own")
			}
		}}
}

// holding reports a statement that runs while locks are held.
func (p *Pass) holding(s *Statement, held []Lock, message, fix string) {
	d := Diagnostic{Message: message, Locks: held, Fix: fix}
	for _, oid := range slices.Concat(s.Scanned, s.Rewritten) {
		if t := s.table(oid); t != nil {
			if size, ok := p.Sizes[t.String()]; ok {
				d.Estimate = t.String() + " has " + scan.estimate(size)
			}
		}
	}
	p.report(s, d)
}

// slow tells whether the statement's time grows with an existing table.
func (p *Pass) slow(s *Statement) bool {
	if len(s.Scanned) > 0 || len(s.Rewritten) > 0 {
		return true
	}
	for _, c := range s.After.Constraints {
		if b := s.Before.Constraints[c.OID]; b != nil && !b.Validated && c.Validated {
			return true
		}
	}
	return false
}

// written tells whether the statement changes rows of tables that were there.
func (p *Pass) written(s *Statement) bool { return len(s.writes()) > 0 }

func lockList(locks []Lock) string {
	names := make([]string, len(locks))
	for i, l := range locks {
		names[i] = l.String()
	}
	return strings.Join(names, ", ")
}
