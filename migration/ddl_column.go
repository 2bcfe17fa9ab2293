package migration

import (
	"regexp"
	"strings"
)

func (w ddl) addColumn(c *entry) statement {
	return w.alter(c.object, "ADD COLUMN %s", w.column(c)).own(c)
}

func (w ddl) dropColumn(c *entry) statement {
	s := w.alter(c.object, "DROP COLUMN %s", quoted(c.name))
	if c.parts[colGenerated] == "" {
		s.loss = &loss{schema: c.schema, table: c.rel, column: c.name, what: "drops"}
	}
	return s
}

// rebuilt tells whether a column can only be changed by dropping it: a generated
// one, or one that shall be.
func rebuilt(got, want *entry) bool {
	g, x := got.parts, want.parts
	return x[colGenerated] != "" && (g[colGenerated] != x[colGenerated] || canonical(g[colExpr]) != canonical(x[colExpr]) || retyped(got, want)) ||
		g[colGenerated] == "v" && x[colGenerated] == ""
}

// retyped tells whether the column's type or collation differs, which hinders
// what depends on it.
func retyped(got, want *entry) bool {
	return got.parts[colType] != want.parts[colType] || got.parts[colCollate] != want.parts[colCollate]
}

// alterColumn leads from one definition to the other.
func (w ddl) alterColumn(got, want *entry) []statement {
	if rebuilt(got, want) {
		return []statement{w.dropColumn(got), w.addColumn(want)}
	}
	g, x := got.parts, want.parts
	var out []statement
	do := func(action string) statement {
		s := w.alter(want.object, "ALTER COLUMN %s %s", quoted(want.name), action)
		out = append(out, s)
		return s
	}
	if g[colIdentity] != "" && x[colIdentity] == "" {
		do("DROP IDENTITY")
	}
	def := g[colExpr]
	if g[colGenerated] == "s" && x[colGenerated] == "" {
		do("DROP EXPRESSION")
		def = ""
	}
	if retyped(got, want) {
		if def != "" && baseType(g[colType]) != baseType(x[colType]) {
			do("DROP DEFAULT")
			def = ""
		}
		action := "TYPE " + w.typ(x[colType])
		if x[colCollate] != "" {
			action += " COLLATE " + x[colCollate]
		}
		if !assignable(baseType(g[colType]), baseType(x[colType])) {
			action += " USING " + quoted(want.name) + castVia(g[colType], x[colType]) + "::" + w.typ(x[colType])
		}
		do(action)
		if narrows(baseType(g[colType]), baseType(x[colType])) {
			out[len(out)-1].loss = &loss{schema: want.schema, table: want.rel, column: want.name, what: "narrows"}
		}
	}
	if g[colNotNull] != x[colNotNull] {
		if x[colNotNull] != "" {
			do("SET NOT NULL")
		} else if x[colIdentity] == "" {
			do("DROP NOT NULL")
		}
	}
	if x[colGenerated] == "" && def != x[colExpr] {
		if x[colExpr] == "" {
			do("DROP DEFAULT")
		} else {
			do("SET DEFAULT " + w.expr(x[colExpr]))
		}
	}
	switch {
	case x[colIdentity] == "":
	case g[colIdentity] == "":
		action := "ADD " + x[colIdentity]
		if x[colOptions] != "" {
			action += " (" + x[colOptions] + ")"
		}
		do(action)
	case g[colIdentity] != x[colIdentity]:
		do("SET " + strings.TrimSuffix(x[colIdentity], " AS IDENTITY"))
	}
	if g[colIdentity] != "" && x[colIdentity] != "" && g[colOptions] != x[colOptions] {
		do(identityOptions(g[colOptions], x[colOptions]))
	}
	return out
}

var reOption = regexp.MustCompile(`(START WITH|INCREMENT BY|MINVALUE|MAXVALUE|CACHE|CYCLE)( -?\d+)?`)

// identityOptions sets the wanted options and takes back those that are gone.
func identityOptions(got, want string) string {
	back := map[string]string{"START WITH": " 1", "INCREMENT BY": " 1", "MINVALUE": "", "MAXVALUE": "", "CACHE": " 1", "CYCLE": ""}
	var out []string
	for _, m := range reOption.FindAllStringSubmatch(want, -1) {
		out = append(out, "SET "+m[0])
	}
	for _, m := range reOption.FindAllStringSubmatch(got, -1) {
		if !strings.Contains(want, m[1]) {
			word := m[1]
			if word == "MINVALUE" || word == "MAXVALUE" || word == "CYCLE" {
				word = "NO " + word
			}
			out = append(out, "SET "+word+back[m[1]])
		}
	}
	return strings.Join(out, " ")
}

// baseType is a type without its modifiers.
func baseType(t string) string {
	if i := strings.IndexByte(t, '('); i >= 0 {
		if j := strings.IndexByte(t[i:], ')'); j >= 0 {
			return t[:i] + t[i+j+1:]
		}
	}
	return t
}

var (
	numbers = map[string]int{"smallint": 1, "integer": 2, "bigint": 3, "numeric": 4, "real": 5, "double precision": 6}
	strs    = map[string]bool{"text": true, "character varying": true, "character": true}
	times   = map[string]int{"date": 1, "timestamp without time zone": 2, "timestamp with time zone": 3}
)

// assignable tells whether Postgres converts a to b by itself.
func assignable(a, b string) bool {
	return a == b || numbers[a] > 0 && numbers[b] > 0 || strs[b] || times[a] > 0 && times[b] > 0
}

// castVia is the step in between where Postgres has no conversion of its own.
func castVia(from, to string) string {
	a, b := baseType(from), baseType(to)
	switch {
	case strings.HasSuffix(a, "[]") && strings.HasSuffix(b, "[]"):
		return "::text[]"
	case strs[a], a == "boolean" && b == "integer", a == "integer" && b == "boolean":
		return ""
	}
	return "::text"
}

// narrows tells whether the conversion may lose digits or the time of day. A
// text that is too long is an error of Postgres instead.
func narrows(a, b string) bool {
	if x, y := numbers[a], numbers[b]; x > 0 && y > 0 {
		return x != y && (x == 4 && y < 4 || x > 4 && y < x || y > 4 && x < 5 && x > 1)
	}
	return times[b] > 0 && times[a] > times[b]
}
