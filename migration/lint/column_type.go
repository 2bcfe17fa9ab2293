package lint

import (
	"fmt"
	"slices"
)

func columnType() Rule {
	return Rule{Name: "column-type", Severity: Error, Codes: []string{"PG301"}, Analyzer: "data_depend",
		Summary: "ALTER COLUMN TYPE that rewrites the table or reads it",
		Why:     "Every row is written anew, and every index built anew, under ACCESS EXCLUSIVE. A longer varchar, or varchar to text, is free; most other types are not.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, c := range p.typeChanges(s) {
					oid := c.table.OID
					rewritten := slices.Contains(s.Rewritten, oid)
					if !rewritten && !slices.Contains(s.Scanned, oid) {
						continue
					}
					what, w := "writes the whole table anew", rewrite
					if !rewritten {
						what, w = "reads the whole table", scan
					}
					p.on(s, oid, w, fmt.Sprintf("changing %s.%s from %s to %s %s while reads and writes wait", c.table, c.before.Name, c.before.Type, c.after.Type, what),
						newColumn(c.table, c.after))
				}
			}
		}}
}

// typeChanges are the columns that the statement gave another type.
func (p *Pass) typeChanges(s *Statement) []columnChange {
	var out []columnChange
	for _, c := range p.columnChanges(s) {
		if c.before != nil && c.after != nil && (c.before.TypeOID != c.after.TypeOID || c.before.Mod != c.after.Mod) {
			out = append(out, c)
		}
	}
	return out
}

// newColumn replaces a column by another one in steps.
func newColumn(t *Relation, c *Column) string {
	name := quote(c.Name)
	next := quote(c.Name + "_new")
	return fmt.Sprintf(`ALTER TABLE %s ADD COLUMN %s %s;
-- let the application or a trigger write both; fill the old rows in batches outside of a migration:
--   UPDATE %[1]s SET %[2]s = %[4]s WHERE %[2]s IS DISTINCT FROM %[4]s AND … ;
-- then, once nobody reads the old column:
ALTER TABLE %[1]s DROP COLUMN %[4]s;
ALTER TABLE %[1]s RENAME COLUMN %[2]s TO %[4]s;`, t.Quoted(), next, c.Type, name)
}
