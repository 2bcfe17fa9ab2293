package migration

import (
	"fmt"
	"slices"
	"strings"
)

// The parts of a table, a column and a foreign key.
const (
	tabPersistence, tabPartKey, tabParents, tabBound = 0, 1, 2, 3

	colType, colCollate, colNotNull, colExpr, colGenerated, colIdentity, colOptions, colNumber = 0, 1, 2, 3, 4, 5, 6, 7

	conColumns, conSchema, conTable, conRefColumns, conActions = 0, 1, 2, 3, 4
)

// createTable writes a table with its columns and those of its constraints that
// inline accepts.
func (w ddl) createTable(t *entry, columns, constraints []*entry) statement {
	var b strings.Builder
	b.WriteString("CREATE ")
	if t.parts[tabPersistence] == "u" {
		b.WriteString("UNLOGGED ")
	}
	b.WriteString("TABLE " + w.name(t.schema, t.rel))
	var items []string
	slices.SortFunc(columns, func(a, b *entry) int { return strings.Compare(a.parts[colNumber], b.parts[colNumber]) })
	for _, c := range columns {
		items = append(items, w.column(c))
	}
	for _, c := range constraints {
		items = append(items, w.constraint(c))
	}
	switch {
	case t.kind == "partition":
		b.WriteString(" PARTITION OF " + t.parts[tabParents])
		if len(items) > 0 {
			b.WriteString(" (\n  " + strings.Join(items, ",\n  ") + "\n)")
		}
		b.WriteString(" " + t.parts[tabBound])
	case len(items) == 0:
		b.WriteString(" ()")
	default:
		b.WriteString(" (\n  " + strings.Join(items, ",\n  ") + "\n)")
	}
	if t.kind == "table" && t.parts[tabParents] != "" {
		b.WriteString(" INHERITS (" + t.parts[tabParents] + ")")
	}
	if t.parts[tabPartKey] != "" {
		b.WriteString(" PARTITION BY " + t.parts[tabPartKey])
	}
	return stmt(t.object, fmt.Sprintf("Create %q table", t.rel), "%s", b.String()).own(columns...).own(constraints...)
}

// column writes a column's definition.
func (w ddl) column(c *entry) string {
	p := c.parts
	b := quoted(c.name) + " " + w.typ(p[colType])
	if p[colCollate] != "" {
		b += " COLLATE " + p[colCollate]
	}
	if p[colNotNull] != "" {
		b += " NOT NULL"
	} else {
		b += " NULL"
	}
	switch {
	case p[colGenerated] == "s":
		b += " GENERATED ALWAYS AS (" + p[colExpr] + ") STORED"
	case p[colGenerated] == "v":
		b += " GENERATED ALWAYS AS (" + p[colExpr] + ") VIRTUAL"
	case p[colExpr] != "":
		b += " DEFAULT " + w.expr(p[colExpr])
	}
	if p[colIdentity] != "" {
		b += " " + p[colIdentity]
		if p[colOptions] != "" {
			b += " (" + p[colOptions] + ")"
		}
	}
	return b
}

// constraint writes a constraint's definition.
func (w ddl) constraint(c *entry) string {
	name := "CONSTRAINT " + quoted(c.name) + " "
	switch c.kind {
	case "primary key":
		if c.def == "PRIMARY KEY ("+unquoted(c.parts[conColumns])+")" {
			if c.name == c.rel+"_pkey" {
				name = ""
			}
			return name + "PRIMARY KEY (" + c.parts[conColumns] + ")"
		}
	case "foreign key":
		return name + w.foreignKey(c)
	}
	return name + c.def
}

// unquoted are quoted names as Postgres prints plain ones.
func unquoted(names string) string { return strings.ReplaceAll(names, `"`, "") }

var actions = map[byte]string{'a': "NO ACTION", 'r': "RESTRICT", 'c': "CASCADE", 'n': "SET NULL", 'd': "SET DEFAULT"}

// foreignKey writes the plain ones as the Atlas library does, and others in
// Postgres' words.
func (w ddl) foreignKey(c *entry) string {
	p := c.parts
	a := p[conActions]
	_, after, _ := strings.Cut(c.def, " REFERENCES ")
	if a[2] != 's' || strings.Contains(after, "SET NULL (") || strings.Contains(after, "SET DEFAULT (") || strings.Contains(c.def, "PERIOD ") {
		return c.def
	}
	def := fmt.Sprintf("FOREIGN KEY (%s) REFERENCES %s (%s) ON UPDATE %s ON DELETE %s",
		p[conColumns], w.name(p[conSchema], p[conTable]), p[conRefColumns], actions[a[0]], actions[a[1]])
	for _, s := range []string{" DEFERRABLE", " INITIALLY DEFERRED", " NOT VALID", " NOT ENFORCED"} {
		if strings.Contains(after, s) {
			def += s
		}
	}
	return def
}

func (w ddl) addConstraint(c *entry) statement {
	return w.alter(c.object, "ADD %s", w.constraint(c))
}

func (w ddl) dropConstraint(c *entry) statement {
	return w.alter(c.object, "DROP CONSTRAINT %s", quoted(c.name))
}

// alterTable changes what is a table's own.
func (w ddl) alterTable(got, want *entry) []statement {
	var out []statement
	if got.parts[tabPersistence] != want.parts[tabPersistence] {
		set := "SET LOGGED"
		if want.parts[tabPersistence] == "u" {
			set = "SET UNLOGGED"
		}
		out = append(out, w.alter(want.object, "%s", set))
	}
	if want.kind == "partition" && (got.parts[tabParents] != want.parts[tabParents] || got.parts[tabBound] != want.parts[tabBound]) {
		out = append(out,
			stmt(want.object, "Detach a partition", "ALTER TABLE %s DETACH PARTITION %s", got.parts[tabParents], w.name(want.schema, want.rel)),
			stmt(want.object, "Attach a partition", "ALTER TABLE %s ATTACH PARTITION %s %s", want.parts[tabParents], w.name(want.schema, want.rel), want.parts[tabBound]))
	}
	return out
}

func (w ddl) dropTable(t *entry) statement {
	s := stmt(t.object, fmt.Sprintf("Drop %q table", t.rel), "DROP TABLE %s", w.name(t.schema, t.rel))
	s.loss = &loss{schema: t.schema, table: t.rel, what: "drops"}
	return s
}

// createIndex writes an index; over plain columns as the Atlas library does.
func (w ddl) createIndex(i *entry, concurrently bool) statement {
	s := stmt(i.object, fmt.Sprintf("Create index %q to table: %q", i.name, i.rel), "%s", "").own(i)
	word := "INDEX "
	if concurrently {
		word += "CONCURRENTLY "
		s.concurrent = true
	}
	if i.parts[0] != "" {
		s.sql = fmt.Sprintf("CREATE %s%s%s ON %s (%s)", i.parts[1], word, quoted(i.name), w.name(i.schema, i.rel), i.parts[0])
		return s
	}
	head, rest, _ := strings.Cut(i.parts[3], " INDEX ")
	s.sql = head + " " + word + strings.Replace(rest, " ON ONLY ", " ON ", 1)
	return s
}

func (w ddl) dropIndex(i *entry, concurrently bool) statement {
	s := stmt(i.object, fmt.Sprintf("Drop index %q from table: %q", i.name, i.rel), "DROP INDEX %s", w.name(i.schema, i.name))
	if concurrently {
		s.sql, s.concurrent = "DROP INDEX CONCURRENTLY "+w.name(i.schema, i.name), true
	}
	return s
}
