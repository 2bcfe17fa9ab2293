package lint

import (
	"fmt"
	"slices"
)

func setNotNull() Rule {
	return Rule{Name: "set-not-null", Severity: Error, Codes: []string{"MF104", "PG303"}, Analyzer: "data_depend",
		Summary: "SET NOT NULL that has to read the table",
		Why:     "All rows are read under ACCESS EXCLUSIVE, and a null fails the migration. After a validated CHECK (column IS NOT NULL) Postgres knows, and reads nothing.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, c := range p.columnChanges(s) {
					if c.before == nil || c.after == nil || c.before.NotNull || !c.after.NotNull || !slices.Contains(s.Scanned, c.table.OID) {
						continue
					}
					p.on(s, c.table.OID, scan, fmt.Sprintf("SET NOT NULL on %s.%s reads all rows while reads and writes wait, and fails on a null", c.table, c.after.Name),
						setNotNullSafely(c.table, c.after))
				}
			}
		}}
}

func setNotNullSafely(t *Relation, c *Column) string {
	check := quote(t.Name + "_" + c.Name + "_not_null")
	return fmt.Sprintf(`ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID;
-- in the next file
ALTER TABLE %[1]s VALIDATE CONSTRAINT %[2]s;
-- in the file after it
ALTER TABLE %[1]s ALTER COLUMN %[3]s SET NOT NULL;
ALTER TABLE %[1]s DROP CONSTRAINT %[2]s;`, t.Quoted(), check, quote(c.Name))
}
