package lint

import (
	"fmt"
	"strings"
)

func uniqueUsingIndex() Rule {
	return Rule{Name: "unique-using-index", Severity: Error, Codes: []string{"MF101", "PG104", "PG105"}, Analyzer: "data_depend",
		Summary: "ADD UNIQUE, PRIMARY KEY or EXCLUDE that builds its index",
		Why:     "The index is built under ACCESS EXCLUSIVE: reads and writes wait as long as it takes, and a duplicate fails the migration. An index built CONCURRENTLY before can be made the constraint's in a moment.",
		check: func(p *Pass) {
			for _, s := range p.File.Statements {
				for _, c := range p.newConstraints(s, "p", "u", "x") {
					if s.Before.Indexes[c.Index] != nil {
						continue
					}
					t := s.After.Relations[c.Table]
					msg := fmt.Sprintf("constraint %s builds an index over all of %s while reads and writes wait, and fails where rows break it", c.Name, t)
					p.on(s, c.Table, build, msg, usingIndex(t, c))
				}
			}
		}}
}

func usingIndex(t *Relation, c *Constraint) string {
	if c.Type == "x" {
		return "-- Postgres has no concurrent way to an exclusion constraint: rehearse it, and apply it when the table is idle\n" +
			"ALTER TABLE " + t.Quoted() + " ADD CONSTRAINT " + quote(c.Name) + " " + c.Def + ";"
	}
	kind := "UNIQUE"
	prepare := ""
	if c.Type == "p" {
		kind = "PRIMARY KEY"
		prepare = "-- the columns are NOT NULL before (see set-not-null)\n"
	}
	return fmt.Sprintf("%s-- in a file of its own that begins with\n-- atlas:txmode none\n\nCREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s);\n-- in the next file\nALTER TABLE %[3]s ADD CONSTRAINT %[2]s %[5]s USING INDEX %[2]s;",
		prepare, quote(c.Name), t.Quoted(), strings.Join(t.names(c.Keys), ", "), kind)
}
