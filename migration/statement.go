package migration

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

// statement is one of a plan.
type statement struct {
	// object is what it is about.
	object object
	// comment says so in words.
	comment string
	sql     string
	// concurrent statements can't run in a transaction.
	concurrent bool
	// labels are enum values that the statement adds: nothing may use them in
	// the same transaction.
	labels []string
	// loss is what the statement would lose, or nil.
	loss *loss
	// owns are the objects that the statement makes or changes and that
	// migrations written by hand may have, too.
	owns []object
}

// loss is data that a statement destroys: a table, or a column of it.
type loss struct {
	schema, table, column string
	// what the statement does to it, such as "drops".
	what string
}

func (l *loss) String() string {
	name := l.schema + "." + l.table
	if l.column != "" {
		return fmt.Sprintf("%s column %s.%s", l.what, name, l.column)
	}
	return fmt.Sprintf("%s table %s", l.what, name)
}

// ddl writes statements. Names get their schema only where there are several.
type ddl struct{ qualify bool }

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

func literal(s string) string {
	q := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		q = "E" + strings.ReplaceAll(q, `\`, `\\`)
	}
	return q
}

func (w ddl) name(schema, rel string) string {
	if !w.qualify && schema == "public" {
		return quoted(rel)
	}
	return pgx.Identifier{schema, rel}.Sanitize()
}

// routine is the name of a function with its arguments, as Postgres wrote them.
func (w ddl) routine(o object) string {
	if !w.qualify && o.schema == "public" {
		return o.rel
	}
	return quoted(o.schema) + "." + o.rel
}

var (
	reOwnType  = regexp.MustCompile(`^public\.([a-z_][a-z0-9_$]*)((?:\[\])*)$`)
	reConstant = regexp.MustCompile(`^('(?:[^']|'')*')::(?:character varying|text|bpchar)$`)
)

// typ writes a type's name the way the Atlas library does.
func (w ddl) typ(t string) string {
	switch t {
	case "timestamp with time zone":
		return "timestamptz"
	case "timestamp with time zone[]":
		return "timestamptz[]"
	}
	if m := reOwnType.FindStringSubmatch(t); m != nil && !w.qualify {
		return quoted(m[1]) + m[2]
	}
	return t
}

func (w ddl) expr(e string) string {
	if m := reConstant.FindStringSubmatch(e); m != nil {
		return m[1]
	}
	return e
}

// stmt makes a statement about o.
func stmt(o object, comment, format string, args ...any) statement {
	s := statement{object: o, comment: comment, sql: fmt.Sprintf(format, args...)}
	if handmade[o.kind] && !strings.HasPrefix(comment, "Drop ") {
		s.owns = []object{o}
	}
	return s
}

// own notes those of the entries that migrations written by hand may have.
func (s statement) own(entries ...*entry) statement {
	for _, e := range entries {
		if byHand(e) {
			s.owns = append(s.owns, e.object)
		}
	}
	return s
}

// ownsPrefix begins the comment of a statement that makes or changes an object
// which migrations written by hand may have, too: what Diff made, it may drop.
const ownsPrefix = "-- espalier:owns "

// text writes the statements as a migration file.
func text(stmts []statement) string {
	var b strings.Builder
	for _, s := range stmts {
		if len(s.owns) == 0 || !handmade[s.object.kind] {
			b.WriteString("-- " + oneLine(s.comment) + "\n")
		}
		for _, o := range s.owns {
			b.WriteString(ownsPrefix + o.String() + "\n")
		}
		b.WriteString(s.sql + ";\n")
	}
	return b.String()
}

// alter makes an ALTER TABLE statement.
func (w ddl) alter(o object, format string, args ...any) statement {
	return stmt(o, fmt.Sprintf("Modify %q table", o.rel), "ALTER TABLE %s %s", w.name(o.schema, o.rel), fmt.Sprintf(format, args...))
}
