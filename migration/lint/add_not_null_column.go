package lint

import "fmt"

func addNotNullColumn() Rule {
	return Rule{Name: "add-not-null-column", Severity: Error, Codes: []string{"MF103"}, Analyzer: "data_depend",
		Summary: "ADD COLUMN NOT NULL without a default",
		Why:     "It fails where the table has rows; and the applications that run don't know the column, so their inserts fail from then on.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, c := range p.columnChanges(s) {
					if c.before != nil || c.after == nil || !c.after.NotNull || c.after.Default != "" || c.after.Identity != "" || c.after.Generated != "" {
						continue
					}
					p.on(s, c.table.OID, brief, fmt.Sprintf("column %s.%s is NOT NULL and has no default: the statement fails where the table has rows", c.table, c.after.Name),
						fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s;\n-- fill it in batches, then SET NOT NULL (see set-not-null); or add it with a constant DEFAULT", c.table.Quoted(), quote(c.after.Name), c.after.Type))
				}
			}
		}}
}
