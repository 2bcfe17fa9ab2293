package lint

import "fmt"

func renameColumn() Rule {
	return Rule{Name: "rename-column", Severity: Error, Codes: []string{"BC102"}, Analyzer: "incompatible",
		Summary: "RENAME COLUMN of a column that was there before",
		Why:     "Applications that run use the old name and fail until they are replaced.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, c := range p.columnChanges(s) {
					if c.before == nil || c.after == nil || c.before.Name == c.after.Name || p.addedHere(c) {
						continue
					}
					old, name := quote(c.before.Name), quote(c.after.Name)
					p.on(s, c.table.OID, brief, fmt.Sprintf("%s.%s becomes %s: applications that run fail", c.table, c.before.Name, c.after.Name),
						fmt.Sprintf("-- keep the column's name and give the field another one (StorageKey(%q)); or in steps:\nALTER TABLE %s ADD COLUMN %s %s;\n-- write both, fill the old rows in batches, read the new one, then drop %s",
							c.before.Name, c.table.Quoted(), name, c.after.Type, old))
				}
			}
		}}
}
