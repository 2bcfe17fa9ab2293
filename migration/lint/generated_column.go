package lint

import (
	"fmt"
	"slices"
)

func generatedColumn() Rule {
	return Rule{Name: "generated-column", Severity: Error,
		Summary: "ADD COLUMN with an identity or GENERATED … STORED",
		Why:     "Each row gets a value of its own, so the table is written anew under ACCESS EXCLUSIVE.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, c := range p.columnChanges(s) {
					if c.before != nil || c.after == nil || c.after.Identity == "" && c.after.Generated == "" || !slices.Contains(s.Rewritten, c.table.OID) {
						continue
					}
					kind := "generated"
					if c.after.Identity != "" {
						kind = "identity"
					}
					p.on(s, c.table.OID, rewrite, fmt.Sprintf("the %s column %s.%s writes the whole table anew while reads and writes wait", kind, c.table, c.after.Name),
						fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s;\n-- let a trigger or the application fill it, and the old rows in batches outside of a migration; a view can compute it without storing",
							c.table.Quoted(), quote(c.after.Name), c.after.Type))
				}
			}
		}}
}
