package sqlgraph

import "github.com/espalier-go/espalier/neon/dialect/sql"

// beyond is true of the rows that come after the values in the order of the
// terms. An index on the terms can find the first of them.
func beyond(terms []orderTerm, values []any) *sql.Predicate {
	return sql.P(func(b *sql.Builder) {
		if asRow(terms, values) {
			writeRow(b, terms, values)
			return
		}
		// The other form says it for each term; ahead of it goes what an index
		// on the first can use.
		if len(terms) > 1 && values[0] != nil && terms[0].nullsExcluded() {
			b.WriteString(operand(terms[0].expr)).WriteString(terms[0].operator())
			b.WriteString("= ").Arg(values[0]).WriteString(" AND ")
		}
		b.Wrap(func(b *sql.Builder) { writeTerms(b, terms, values) })
	})
}

// nullsExcluded reports whether rows beyond a value can't be null.
func (t orderTerm) nullsExcluded() bool { return t.notNull || t.nullsFirst }

// operator is how what comes later compares.
func (t orderTerm) operator() string {
	if t.desc {
		return " <"
	}
	return " >"
}

// asRow reports whether one comparison of rows says it all.
func asRow(terms []orderTerm, values []any) bool {
	for i, t := range terms {
		if values[i] == nil || !t.nullsExcluded() || t.desc != terms[0].desc {
			return false
		}
	}
	return true
}

func writeRow(b *sql.Builder, terms []orderTerm, values []any) {
	if len(terms) == 1 {
		b.WriteString(operand(terms[0].expr)).WriteString(terms[0].operator()).Pad().Arg(values[0])
		return
	}
	b.Wrap(func(b *sql.Builder) {
		for i, t := range terms {
			if i > 0 {
				b.Comma()
			}
			b.WriteString(operand(t.expr))
		}
	}).WriteString(terms[0].operator()).Pad().Wrap(func(b *sql.Builder) { b.Args(values...) })
}

// writeTerms says that the first term is beyond its value, or equal to it and
// the terms after it beyond theirs.
func writeTerms(b *sql.Builder, terms []orderTerm, values []any) {
	t, v, expr := terms[0], values[0], operand(terms[0].expr)
	switch {
	case v == nil && t.nullsFirst:
		b.WriteString(expr).WriteString(" IS NOT NULL")
	case v == nil:
		b.WriteString("1 = 0")
	default:
		b.WriteString(expr).WriteString(t.operator()).Pad().Arg(v)
		if !t.nullsExcluded() {
			b.WriteString(" OR ").WriteString(expr).WriteString(" IS NULL")
		}
	}
	if len(terms) == 1 {
		return
	}
	b.WriteString(" OR ").WriteString(expr)
	if v == nil {
		b.WriteString(" IS NULL")
	} else {
		b.WriteString(" = ").Arg(v)
	}
	b.WriteString(" AND ").Wrap(func(b *sql.Builder) { writeTerms(b, terms[1:], values[1:]) })
}

// operand puts an expression in parentheses unless it is a column.
func operand(expr string) string {
	for _, c := range expr {
		switch {
		case c == '"', c == '`', c == '.', c == '_', c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		default:
			return "(" + expr + ")"
		}
	}
	return expr
}
