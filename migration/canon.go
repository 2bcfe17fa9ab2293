package migration

import "strings"

// canonical rewrites (ARRAY[a, b])::t[] to ARRAY[(a)::t, (b)::t]. Postgres prints
// the first for an IN list over varchar and reads it back as the second.
func canonical(def string) string {
	const begin = "(ARRAY["
	if !strings.Contains(def, begin) {
		return def
	}
	var b strings.Builder
	for {
		i := strings.Index(def, begin)
		if i < 0 {
			return b.String() + def
		}
		items, rest, ok := arrayItems(def[i+len(begin):])
		typ, tail, cast := castType(rest)
		if !ok || !cast {
			b.WriteString(def[:i+len(begin)])
			def = def[i+len(begin):]
			continue
		}
		b.WriteString(def[:i] + "ARRAY[")
		for n, item := range items {
			if n > 0 {
				b.WriteString(", ")
			}
			b.WriteString("(" + canonical(item) + ")::" + typ)
		}
		b.WriteString("]")
		def = tail
	}
}

// arrayItems splits the text after "ARRAY[" at the commas of its own level.
func arrayItems(s string) (items []string, rest string, ok bool) {
	depth, start := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\'', '"':
			end := strings.IndexByte(s[i+1:], s[i])
			if end < 0 {
				return nil, "", false
			}
			i += end + 1
		case '(', '[':
			depth++
		case ')':
			depth--
		case ']':
			if depth == 0 {
				return append(items, strings.TrimSpace(s[start:i])), s[i+1:], true
			}
			depth--
		case ',':
			if depth == 0 {
				items = append(items, strings.TrimSpace(s[start:i]))
				start = i + 1
			}
		}
	}
	return nil, "", false
}

// castType takes ")::type[]" from the front.
func castType(s string) (typ, rest string, ok bool) {
	s, ok = strings.CutPrefix(s, ")::")
	if !ok {
		return "", "", false
	}
	i := strings.Index(s, "[]")
	if i < 0 || strings.ContainsAny(s[:i], "'(),;=") {
		return "", "", false
	}
	return s[:i], s[i+2:], true
}
