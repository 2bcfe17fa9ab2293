package lint

import (
	"fmt"
	"slices"
)

func volatileDefault() Rule {
	return Rule{Name: "volatile-default", Severity: Error, Codes: []string{"PG302"}, Analyzer: "data_depend",
		Summary: "ADD COLUMN with a default that is another one for each row",
		Why:     "gen_random_uuid(), random() or clock_timestamp() must be computed for each row, so the table is written anew under ACCESS EXCLUSIVE. A constant, or now(), is kept in the catalog and costs nothing.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, c := range p.columnChanges(s) {
					if c.before != nil || c.after == nil || c.after.Default == "" || c.after.Generated != "" || !slices.Contains(s.Rewritten, c.table.OID) {
						continue
					}
					t, name := c.table.Quoted(), quote(c.after.Name)
					p.on(s, c.table.OID, rewrite, fmt.Sprintf("the default %s of %s.%s is computed row by row: the whole table is written anew while reads and writes wait", c.after.Default, c.table, c.after.Name),
						fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s;\nALTER TABLE %[1]s ALTER COLUMN %[2]s SET DEFAULT %[4]s;\n-- fill the old rows in batches outside of a migration:\n--   UPDATE %[1]s SET %[2]s = DEFAULT WHERE %[2]s IS NULL AND … ;",
							t, name, c.after.Type, c.after.Default))
				}
			}
		}}
}
