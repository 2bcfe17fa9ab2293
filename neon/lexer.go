package neon

import "strings"

// token is a word, in lower case, or one other character of a statement.
type token struct {
	word string
	char byte
}

// scanTokens calls f with each token, without comments, literals and quoted
// names, until it returns false. It reports false when the text ends inside one
// of those.
func scanTokens(text string, f func(token) bool) bool {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '-' && strings.HasPrefix(text[i:], "--"):
			n := strings.IndexByte(text[i:], '\n')
			if n < 0 {
				return true
			}
			i += n + 1
		case c == '/' && strings.HasPrefix(text[i:], "/*"):
			n := commentEnd(text[i:])
			if n < 0 {
				return false
			}
			i += n
		case c == '\'':
			escapes := i > 0 && (text[i-1] == 'e' || text[i-1] == 'E')
			n := quoteEnd(text[i:], escapes)
			if n < 0 {
				return false
			}
			i += n
		case c == '"':
			n := quoteEnd(text[i:], false)
			if n < 0 {
				return false
			}
			// A quoted name may be a function's.
			if !f(token{char: '"'}) {
				return true
			}
			i += n
		case c == '$' && dollarTag(text[i:]) != "":
			tag := dollarTag(text[i:])
			n := strings.Index(text[i+len(tag):], tag)
			if n < 0 {
				return false
			}
			i += n + 2*len(tag)
		case isWord(c):
			j := i + 1
			for j < len(text) && (isWord(text[j]) || text[j] == '$') {
				j++
			}
			if !f(token{word: strings.ToLower(text[i:j])}) {
				return true
			}
			i = j
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			i++
		default:
			if !f(token{char: c}) {
				return true
			}
			i++
		}
	}
	return true
}

func isWord(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

// commentEnd finds the end of a comment, which may hold others.
func commentEnd(text string) int {
	depth := 0
	for i := 0; i+1 < len(text); i++ {
		switch text[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

func quoteEnd(text string, escapes bool) int {
	for i := 1; i < len(text); i++ {
		switch {
		case escapes && text[i] == '\\':
			i++
		case text[i] == text[0] && i+1 < len(text) && text[i+1] == text[0]:
			i++
		case text[i] == text[0]:
			return i + 1
		}
	}
	return -1
}

// dollarTag returns the opening $tag$ of a dollar-quoted string, or "".
func dollarTag(text string) string {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '$':
			return text[:i+1]
		case !isWord(text[i]) || i == 1 && text[i] >= '0' && text[i] <= '9':
			return ""
		}
	}
	return ""
}
