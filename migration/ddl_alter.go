package migration

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// replaced tells whether the object can only be changed by dropping it.
func replaced(got, want *entry) bool {
	switch want.kind {
	case "view":
		// A view may only get more columns at its end.
		return want.parts[2] != got.parts[2] && !strings.HasPrefix(want.parts[2], got.parts[2]+", ")
	case "function", "procedure":
		return want.parts[2] != got.parts[2] || want.parts[0] != got.parts[0]
	case "check", "foreign key":
		return got.def != want.def+" NOT VALID"
	case "trigger":
		return got.parts[0] != want.parts[0]
	case "domain":
		return got.parts[0] != want.parts[0]
	case "table", "partition":
		return got.parts[tabPartKey] != want.parts[tabPartKey] || want.kind == "table" && got.parts[tabParents] != want.parts[tabParents]
	case "column":
		return rebuilt(got, want)
	case "composite type":
		return !slices.Equal(appended(got, want), want.parts)
	case "enum", "sequence", "sequence owner", "row security", "replica identity", "storage", "comment", "grant", "revoke", "extension", "schema":
		return false
	}
	return true
}

// alterObject leads from one definition to the other without a drop.
func (w ddl) alterObject(got, want *entry, cur, to catalog) []statement {
	o, name := want.object, w.name(want.schema, want.rel)
	one := func(format string, args ...any) []statement {
		return []statement{stmt(o, "Modify "+want.kind+" "+quoted(want.rel), format, args...)}
	}
	switch want.kind {
	case "table", "partition":
		return w.alterTable(got, want)
	case "column":
		return w.alterColumn(got, want)
	case "check", "foreign key":
		return []statement{w.alter(o, "VALIDATE CONSTRAINT %s", quoted(want.name))}
	case "view":
		return one("CREATE OR REPLACE VIEW %s %sAS%s", name, want.parts[0], query(want.parts[1]))
	case "function", "procedure":
		return one("%s", strings.TrimSpace(want.def))
	case "trigger":
		return w.enableTrigger(want, got.parts[1])
	case "sequence":
		return one("ALTER SEQUENCE %s %s", name, want.def)
	case "sequence owner":
		return one("ALTER SEQUENCE %s OWNED BY %s", name, want.def)
	case "domain":
		return w.alterDomain(got, want)
	case "composite type":
		return w.alterComposite(got, want)
	case "enum":
		return w.alterEnum(got, want, cur, to)
	case "grant", "revoke":
		return append(w.set(got, nil), w.set(want, want)...)
	}
	return w.set(got, want)
}

func (w ddl) alterDomain(got, want *entry) []statement {
	var out []statement
	do := func(action string) {
		out = append(out, stmt(want.object, "Modify domain", "ALTER DOMAIN %s %s", w.name(want.schema, want.rel), action))
	}
	if got.parts[1] != want.parts[1] {
		if want.parts[1] != "" {
			do("SET NOT NULL")
		} else {
			do("DROP NOT NULL")
		}
	}
	if got.parts[2] != want.parts[2] {
		if want.parts[2] != "" {
			do("SET DEFAULT " + want.parts[2])
		} else {
			do("DROP DEFAULT")
		}
	}
	return out
}

// appended are the parts that got has after it was altered to want: new
// attributes can only be added at the end.
func appended(got, want *entry) []string {
	types := make(map[string]string)
	for i := 0; i+1 < len(want.parts); i += 2 {
		types[want.parts[i]] = want.parts[i+1]
	}
	var out []string
	add := func(name string) {
		if typ, ok := types[name]; ok {
			out = append(out, name, typ)
			delete(types, name)
		}
	}
	for i := 0; i+1 < len(got.parts); i += 2 {
		add(got.parts[i])
	}
	for i := 0; i+1 < len(want.parts); i += 2 {
		add(want.parts[i])
	}
	return out
}

func (w ddl) alterComposite(got, want *entry) []statement {
	var out []statement
	do := func(format string, args ...any) {
		out = append(out, stmt(want.object, "Modify composite type", "ALTER TYPE %s %s", w.name(want.schema, want.rel), fmt.Sprintf(format, args...)))
	}
	have := make(map[string]string)
	for i := 0; i+1 < len(got.parts); i += 2 {
		have[got.parts[i]] = got.parts[i+1]
	}
	keep := make(map[string]bool)
	for i := 0; i+1 < len(want.parts); i += 2 {
		name, typ := want.parts[i], want.parts[i+1]
		keep[name] = true
		switch old, ok := have[name]; {
		case !ok:
			do("ADD ATTRIBUTE %s %s", quoted(name), typ)
		case old != typ:
			do("ALTER ATTRIBUTE %s TYPE %s", quoted(name), typ)
		}
	}
	for i := 0; i+1 < len(got.parts); i += 2 {
		if !keep[got.parts[i]] {
			do("DROP ATTRIBUTE %s", quoted(got.parts[i]))
		}
	}
	return out
}

// alterEnum adds the labels that are missing. Where one is gone or the order
// differs, it makes the type anew and converts the columns that have it.
func (w ddl) alterEnum(got, want *entry, cur, to catalog) []statement {
	o, name := want.object, w.name(want.schema, want.rel)
	have := got.parts
	rest := slices.DeleteFunc(slices.Clone(want.parts), func(l string) bool { return !slices.Contains(have, l) })
	if slices.Equal(rest, have) {
		var out []statement
		for i, label := range want.parts {
			if slices.Contains(have, label) {
				continue
			}
			where := ""
			if i > 0 && i < len(want.parts)-1 {
				where = " AFTER " + literal(want.parts[i-1])
			} else if i == 0 && len(have) > 0 {
				where = " BEFORE " + literal(have[0])
			}
			s := stmt(o, "Add value to enum type: "+quoted(want.rel), "ALTER TYPE %s ADD VALUE %s%s", name, literal(label), where)
			s.labels = []string{label}
			out = append(out, s)
		}
		return out
	}
	old := want.rel + "_old"
	if len(old) > 63 {
		old = "espalier_old"
	}
	out := []statement{
		stmt(o, "Make an enum type anew", "ALTER TYPE %s RENAME TO %s", name, quoted(old)),
		stmt(o, "Create enum type", "CREATE TYPE %s AS ENUM (%s)", name, want.def),
	}
	full := displayName(want.schema, want.rel)
	for _, c := range sorted(cur) {
		if c.kind != "column" || strings.TrimSuffix(c.parts[colType], "[]") != full {
			continue
		}
		via := "::text"
		if strings.HasSuffix(c.parts[colType], "[]") {
			via = "::text[]"
		}
		col := quoted(c.name)
		if c.parts[colExpr] != "" {
			out = append(out, w.alter(c.object, "ALTER COLUMN %s DROP DEFAULT", col))
		}
		out = append(out, w.alter(c.object, "ALTER COLUMN %s TYPE %s USING %s%s::%s", col, w.typ(c.parts[colType]), col, via, w.typ(c.parts[colType])))
		// A default that changes is set with the column's other changes.
		if x := to[c.object]; c.parts[colExpr] != "" && (x == nil || x.parts[colExpr] == c.parts[colExpr]) {
			out = append(out, w.alter(c.object, "ALTER COLUMN %s SET DEFAULT %s", col, w.expr(c.parts[colExpr])))
		}
	}
	return append(out, stmt(o, "Drop the former enum type", "DROP TYPE %s", w.name(want.schema, old)))
}

// displayName is a name as format_type prints it.
func displayName(schema, name string) string { return plainIdent(schema) + "." + plainIdent(name) }

// plainIdent quotes a name only where it must be.
func plainIdent(s string) string {
	for i, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (i == 0 || r < '0' || r > '9') {
			return quoted(s)
		}
	}
	return s
}

// sorted are the entries of c in a fixed order.
func sorted(c catalog) []*entry {
	out := make([]*entry, 0, len(c))
	for _, e := range c {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b *entry) int {
		return cmp.Or(strings.Compare(a.kind, b.kind), strings.Compare(a.schema, b.schema), strings.Compare(a.rel, b.rel), strings.Compare(a.name, b.name))
	})
	return out
}
