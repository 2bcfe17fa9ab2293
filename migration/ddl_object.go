package migration

import (
	"fmt"
	"slices"
	"strings"
)

// create makes an object other than a table, a column or an index.
func (w ddl) create(e *entry) []statement {
	o, name := e.object, w.name(e.schema, e.rel)
	one := func(format string, args ...any) []statement {
		return []statement{stmt(o, "Create "+e.kind+" "+quoted(e.rel), format, args...)}
	}
	switch e.kind {
	case "schema":
		return []statement{stmt(o, fmt.Sprintf("Add new schema named %q", e.schema), "CREATE SCHEMA %s", quoted(e.schema))}
	case "extension":
		in := ""
		if e.parts[0] != "public" {
			in = " WITH SCHEMA " + quoted(e.parts[0])
		}
		return one("CREATE EXTENSION IF NOT EXISTS %s%s", quoted(e.rel), in)
	case "enum":
		return []statement{stmt(o, fmt.Sprintf("Create enum type %q", e.rel), "CREATE TYPE %s AS ENUM (%s)", name, e.def)}
	case "domain":
		return one("CREATE DOMAIN %s AS %s", name, e.def)
	case "domain constraint":
		return one("ALTER DOMAIN %s ADD CONSTRAINT %s %s", name, quoted(e.name), e.def)
	case "range":
		return one("CREATE TYPE %s AS RANGE (%s)", name, e.def)
	case "composite type":
		return one("CREATE TYPE %s AS (%s)", name, e.def)
	case "sequence":
		return one("CREATE SEQUENCE %s %s", name, e.def)
	case "sequence owner":
		return one("ALTER SEQUENCE %s OWNED BY %s", name, e.def)
	case "check", "foreign key", "primary key", "unique", "exclusion":
		return []statement{w.addConstraint(e)}
	case "statistics", "rule":
		return one("%s", strings.TrimSuffix(e.def, ";"))
	case "view":
		return one("CREATE VIEW %s %sAS%s", name, e.parts[0], query(e.parts[1]))
	case "materialized view":
		return one("CREATE MATERIALIZED VIEW %s AS%s", name, query(e.parts[1]))
	case "function", "procedure":
		return one("%s", strings.TrimSpace(e.def))
	case "aggregate":
		return one("CREATE AGGREGATE %s (%s)", w.routine(o), e.parts[1])
	case "trigger":
		return append(one("%s", e.parts[0]), w.enableTrigger(e, "O")...)
	case "event trigger":
		def, off := strings.CutSuffix(e.def, " DISABLED")
		out := one("CREATE EVENT TRIGGER %s %s", quoted(e.rel), def)
		if off {
			out = append(out, one("ALTER EVENT TRIGGER %s DISABLE", quoted(e.rel))...)
		}
		return out
	case "policy":
		return one("CREATE POLICY %s ON %s %s", quoted(e.name), name, e.def)
	}
	return w.set(e, e)
}

// query is a view's definition without the semicolon that Postgres prints.
func query(def string) string { return "\n" + strings.TrimSuffix(strings.TrimRight(def, " \n"), ";") }

func (w ddl) enableTrigger(e *entry, from string) []statement {
	words := map[string]string{"O": "ENABLE", "D": "DISABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}
	if e.parts[1] == from {
		return nil
	}
	return []statement{w.alter(e.object, "%s TRIGGER %s", words[e.parts[1]], quoted(e.name))}
}

// set changes a property of an object; the properties are objects of their own.
// Without want it goes back to the default.
func (w ddl) set(e, want *entry) []statement {
	o, name := e.object, w.name(e.schema, e.rel)
	switch e.kind {
	case "row security":
		off := []string{"DISABLE", "NO FORCE"}
		to, from := off, off
		if want != nil {
			to = want.parts
		}
		if e != want {
			from = e.parts
		}
		var out []statement
		for i := range to {
			if to[i] != from[i] {
				out = append(out, w.alter(o, "%s ROW LEVEL SECURITY", to[i]))
			}
		}
		return out
	case "replica identity":
		to := "DEFAULT"
		if want != nil {
			to = want.def
		}
		return []statement{w.alter(o, "REPLICA IDENTITY %s", to)}
	case "storage":
		return w.storage(e, want, name)
	case "comment":
		to := "''"
		if want != nil {
			to = literal(want.def)
		}
		on := fmt.Sprintf("Set comment to %s: %q", strings.ToLower(e.parts[0]), firstOf(e.parts[1], e.rel, e.schema))
		if e.parts[1] != "" {
			on += fmt.Sprintf(" on table: %q", e.rel)
		}
		return []statement{stmt(o, on,
			"COMMENT ON %s %s IS %s", e.parts[0], w.commented(e), to)}
	case "grant", "revoke":
		grant := (e.kind == "grant") == (want != nil)
		target := e.parts[0] + " " + e.parts[1]
		if grant {
			return []statement{stmt(o, "Grant rights", "GRANT %s ON %s TO %s%s", e.def, target, e.parts[2], e.parts[3])}
		}
		return []statement{stmt(o, "Revoke rights", "REVOKE %s ON %s FROM %s", e.def, target, e.parts[2])}
	}
	return nil
}

func firstOf(names ...string) string {
	for _, n := range names {
		if n = strings.TrimSpace(n); n != "" {
			return n
		}
	}
	return ""
}

// commented is the name of what a comment is on.
func (w ddl) commented(e *entry) string {
	word, sub := e.parts[0], e.parts[1]
	switch word {
	case "TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE":
		return w.name(e.schema, e.rel)
	case "COLUMN":
		return w.name(e.schema, e.rel) + "." + quoted(sub)
	case "INDEX":
		return w.name(e.schema, sub)
	case "CONSTRAINT", "TRIGGER", "POLICY":
		return quoted(sub) + " ON " + w.name(e.schema, e.rel)
	}
	return e.parts[2]
}

// storage sets and resets storage parameters.
func (w ddl) storage(e, want *entry, name string) []statement {
	var set, reset []string
	keys := make(map[string]bool)
	if want != nil {
		for _, p := range want.parts {
			key, _, _ := strings.Cut(p, "=")
			keys[key] = true
			set = append(set, p)
		}
	}
	if e != want {
		for _, p := range e.parts {
			if key, _, _ := strings.Cut(p, "="); !keys[key] {
				reset = append(reset, key)
			}
		}
	}
	var out []statement
	for action, params := range map[string][]string{"SET": set, "RESET": reset} {
		if len(params) > 0 {
			out = append(out, stmt(e.object, "Modify storage parameters", "ALTER TABLE %s %s (%s)", name, action, strings.Join(params, ", ")))
		}
	}
	slices.SortFunc(out, func(a, b statement) int { return strings.Compare(a.sql, b.sql) })
	return out
}

// drop takes an object away, or a property back to its default.
func (w ddl) drop(e *entry) []statement {
	o, name := e.object, w.name(e.schema, e.rel)
	one := func(format string, args ...any) []statement {
		return []statement{stmt(o, "Drop "+e.kind+" "+quoted(firstOf(e.name, e.rel, e.schema)), format, args...)}
	}
	switch e.kind {
	case "schema":
		return one("DROP SCHEMA %s", quoted(e.schema))
	case "extension":
		return one("DROP EXTENSION %s", quoted(e.rel))
	case "enum", "range", "composite type":
		return one("DROP TYPE %s", name)
	case "domain":
		return one("DROP DOMAIN %s", name)
	case "domain constraint":
		return one("ALTER DOMAIN %s DROP CONSTRAINT %s", name, quoted(e.name))
	case "sequence":
		return one("DROP SEQUENCE %s", name)
	case "sequence owner":
		return one("ALTER SEQUENCE %s OWNED BY NONE", name)
	case "table", "partition":
		return []statement{w.dropTable(e)}
	case "column":
		return []statement{w.dropColumn(e)}
	case "check", "foreign key", "primary key", "unique", "exclusion":
		return []statement{w.dropConstraint(e)}
	case "statistics":
		return one("DROP STATISTICS %s", w.name(e.schema, e.name))
	case "rule":
		return one("DROP RULE %s ON %s", quoted(e.name), name)
	case "view":
		return one("DROP VIEW %s", name)
	case "materialized view":
		return one("DROP MATERIALIZED VIEW %s", name)
	case "function", "procedure", "aggregate":
		return one("DROP %s %s", e.parts[0], w.routine(o))
	case "trigger":
		return one("DROP TRIGGER %s ON %s", quoted(e.name), name)
	case "event trigger":
		return one("DROP EVENT TRIGGER %s", quoted(e.rel))
	case "policy":
		return one("DROP POLICY %s ON %s", quoted(e.name), name)
	}
	out := w.set(e, nil)
	for i := range out {
		out[i].owns = nil
	}
	return out
}
