package lint

func blockingScan() Rule {
	return Rule{Name: "blocking-scan", Severity: Error,
		Summary: "Any other statement that reads a whole table under a lock that blocks: ATTACH PARTITION, a domain's constraint",
		Why:     "Reads or writes wait as long as the scan takes.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, oid := range s.Scanned {
					if t := s.table(oid); t != nil && s.lockOn(oid).Strong() && !p.reported(s, oid) && verb(s) != "LOCK" && verb(s) != "TRUNCATE" {
						p.on(s, oid, scan, t.String()+" is read from beginning to end while "+s.lockOn(oid).Blocks()+" wait",
							"-- give Postgres the proof before: a CHECK constraint NOT VALID that says the same, and VALIDATE CONSTRAINT in a file of its own")
					}
				}
			}
		}}
}
