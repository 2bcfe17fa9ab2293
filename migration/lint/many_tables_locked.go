package lint

func manyTablesLocked() Rule {
	return Rule{Name: "many-tables-locked", Severity: Warning,
		Summary: "ACCESS EXCLUSIVE on several tables in one transaction, one after the other",
		Why:     "While it waits for the second table the first one is closed to everybody; and an application that takes them in another order makes a deadlock.",
		check: func(p *Pass) {
			if !p.File.Tx {
				return
			}
			var taken []Lock
			for _, s := range p.File.Statements {
				var more []Lock
				for _, l := range s.Locks {
					if l.Mode == AccessExclusive && s.table(l.OID) != nil && !s.table(l.OID).Partition && !contains(taken, l.OID) {
						more = append(more, l)
					}
				}
				if len(taken) > 0 && len(more) > 0 {
					p.report(s, Diagnostic{Message: "it waits for " + lockList(more) + " while the transaction holds " + lockList(taken), Locks: append(more, taken...),
						Fix: "-- one file per table: each is a transaction of its own"})
				}
				taken = append(taken, more...)
			}
		}}
}

func contains(locks []Lock, oid uint32) bool {
	for _, l := range locks {
		if l.OID == oid {
			return true
		}
	}
	return false
}
