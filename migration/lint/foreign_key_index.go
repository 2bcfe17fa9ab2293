package lint

import (
	"fmt"
	"slices"
	"strings"
)

func foreignKeyIndex() Rule {
	return Rule{Name: "foreign-key-index", Severity: Warning,
		Summary: "A new foreign key whose columns no index begins with",
		Why:     "Each DELETE or key change in the other table reads this whole table; and so does a query along the edge.",
		check: func(p *Pass) {
			if len(p.File.Statements) == 0 {
				return
			}
			end := p.File.Statements[len(p.File.Statements)-1].After
			for _, s := range p.File.Statements {
				if s.Before == s.After {
					continue
				}
				for _, c := range sorted(s.After.Constraints) {
					t := end.Relations[c.Table]
					if c.Type != "f" || c.Child || s.Before.Constraints[c.OID] != nil || end.Constraints[c.OID] == nil || t == nil || indexed(end, c) {
						continue
					}
					cols := t.names(c.Keys)
					fix := fmt.Sprintf("CREATE INDEX %s ON %s (%s);", quote(t.Name+"_"+plainNames(t, c.Keys)), t.Quoted(), strings.Join(cols, ", "))
					if p.Existing(c.Table) {
						fix = "-- in a file of its own that begins with\n-- atlas:txmode none\n\n" + strings.Replace(fix, "CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1)
					}
					p.report(s, Diagnostic{Message: fmt.Sprintf("no index of %s begins with (%s), the columns of foreign key %s", t, strings.Join(cols, ", "), c.Name), Fix: fix})
				}
			}
		}}
}

func plainNames(t *Relation, keys []int16) string {
	var out []string
	for _, k := range keys {
		if c := t.Columns[k]; c != nil {
			out = append(out, c.Name)
		}
	}
	return strings.Join(out, "_")
}

// indexed tells whether an index of the table begins with the key's columns.
func indexed(c *Catalog, fk *Constraint) bool {
	for _, i := range c.Indexes {
		if i.Table == fk.Table && !i.Partial && len(i.Keys) >= len(fk.Keys) && covers(i.Keys[:len(fk.Keys)], fk.Keys) {
			return true
		}
	}
	return false
}

// covers tells whether two keys have the same columns, in any order.
func covers(a, b []int16) bool {
	return len(a) == len(b) && !slices.ContainsFunc(b, func(k int16) bool { return !slices.Contains(a, k) })
}
