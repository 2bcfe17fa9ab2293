package sqlgraph

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// orderTerm is one term of an ORDER BY clause.
type orderTerm struct {
	expr string
	desc bool
	// nullsFirst is where nulls are, said or not.
	nullsFirst bool
	// notNull tells that there are none.
	notNull bool
}

// nullsFirstByDefault is where a database has nulls when the order doesn't say:
// Postgres sorts them as larger than everything, the others as smaller.
func nullsFirstByDefault(dialectName string, desc bool) bool {
	return (dialectName == dialect.Postgres) == desc
}

// reversed is the term that sorts the other way round.
func (t orderTerm) reversed() orderTerm {
	t.desc, t.nullsFirst = !t.desc, !t.nullsFirst
	return t
}

// String is the term in an ORDER BY clause.
func (t orderTerm) text(dialectName string) string {
	text := t.expr
	if t.desc {
		text += " DESC"
	}
	switch {
	case t.notNull || t.nullsFirst == nullsFirstByDefault(dialectName, t.desc):
	case t.nullsFirst:
		text += " NULLS FIRST"
	default:
		text += " NULLS LAST"
	}
	return text
}

// fingerprint tells orders apart.
func fingerprint(table string, terms []orderTerm) [8]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%q", table)
	for _, t := range terms {
		fmt.Fprintf(h, "%q %t %t", t.expr, t.desc, t.nullsFirst)
	}
	return [8]byte(h.Sum(nil))
}

// orderTerms reads the order of a selector back from its text: ent's orders are
// functions, and those that users write may do anything.
func orderTerms(s *sql.Selector) ([]orderTerm, error) {
	// What comes ahead of the order has no part in it, but for joins.
	text, _ := s.Clone().SetP(nil).Select("1").SetDistinct(false).Query()
	clause, err := orderClause(s.Dialect(), text)
	if err != nil {
		return nil, err
	}
	var terms []orderTerm
	for _, text := range clause {
		t := orderTerm{expr: text}
		nulls := ""
		for _, suffix := range []string{" NULLS FIRST", " NULLS LAST"} {
			if cut, ok := cutSuffixFold(t.expr, suffix); ok {
				t.expr, nulls = cut, suffix
			}
		}
		if cut, ok := cutSuffixFold(t.expr, " DESC"); ok {
			t.expr, t.desc = cut, true
		} else if cut, ok := cutSuffixFold(t.expr, " ASC"); ok {
			t.expr = cut
		}
		t.nullsFirst = nulls == " NULLS FIRST" || nulls == "" && nullsFirstByDefault(s.Dialect(), t.desc)
		if t.expr = strings.TrimSpace(t.expr); t.expr == "" {
			return nil, errors.New("neon: an order without an expression")
		}
		if name := strings.ToUpper(t.expr); strings.HasPrefix(name, "RANDOM(") || strings.HasPrefix(name, "RAND(") {
			return nil, errors.New("neon: a random order has no places")
		}
		terms = append(terms, t)
	}
	return terms, nil
}

func cutSuffixFold(s, suffix string) (string, bool) {
	if n := len(s) - len(suffix); n >= 0 && strings.EqualFold(s[n:], suffix) {
		return strings.TrimRight(s[:n], " "), true
	}
	return s, false
}

// orderClause returns the terms of the ORDER BY clause of a SELECT statement as
// they are written.
func orderClause(dialectName, query string) ([]string, error) {
	const keyword, limit = " ORDER BY ", " LIMIT "
	var (
		terms []string
		start = -1
		depth int
		quote byte
	)
	for i := 0; i < len(query); i++ {
		switch c := query[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case start >= 0 && isParameter(dialectName, query[i:]):
			return nil, errors.New("neon: an order with parameters has no places")
		case depth == 0 && start < 0 && strings.HasPrefix(query[i:], keyword):
			start = i + len(keyword)
			i = start - 1
		case depth == 0 && start >= 0 && c == ',':
			terms = append(terms, strings.TrimSpace(query[start:i]))
			start = i + 1
		case depth == 0 && start >= 0 && strings.HasPrefix(query[i:], limit):
			return append(terms, strings.TrimSpace(query[start:i])), nil
		}
	}
	if start < 0 {
		return nil, nil
	}
	return append(terms, strings.TrimSpace(query[start:])), nil
}

func isParameter(dialectName, rest string) bool {
	if dialectName != dialect.Postgres {
		return rest[0] == '?'
	}
	return len(rest) > 1 && rest[0] == '$' && rest[1] >= '0' && rest[1] <= '9'
}
