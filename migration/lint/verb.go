package lint

import "strings"

// verb is the statement's first word in upper case. It only chooses words and
// severities; what a statement does was observed.
func verb(s *Statement) string { return word(s, 0) }

// word is the n-th word of the statement in upper case, comments left out.
func word(s *Statement, n int) string {
	text := strings.TrimSpace(s.Text)
	for {
		switch {
		case strings.HasPrefix(text, "--"):
			_, text, _ = strings.Cut(text, "\n")
		case strings.HasPrefix(text, "/*"):
			_, text, _ = strings.Cut(text, "*/")
		default:
			words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n(;\"", r) })
			if n >= len(words) {
				return ""
			}
			return strings.ToUpper(words[n])
		}
		text = strings.TrimSpace(text)
	}
}
