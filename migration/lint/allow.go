package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

func allowComment() Rule {
	return Rule{Name: "allow-comment", Severity: Warning,
		Summary: "An espalier:allow comment that names no rule, gives no reason or allows nothing",
		Why:     "A reviewer reads the reason; a comment that does nothing hides a typing error, or outlived its cause.",
		check:   func(*Pass) {}} // p.allow reports
}

var (
	reAllow  = regexp.MustCompile(`^--\s*espalier:allow\b[ \t]*(\S*)[ \t]*(.*)$`)
	reNolint = regexp.MustCompile(`^--\s*atlas:nolint\b[ \t]*(.*)$`)
)

// allowance is a comment that takes back diagnostics.
type allowance struct {
	rule string // of espalier
	// names are rules, codes or analyzers of the Atlas command line; all says
	// that none was named.
	names []string
	all   bool
	line  int
	stmt  *Statement // nil: the whole file
	used  bool
}

// allow takes out what comments allow.
//
//	-- espalier:allow RULE reason
//	-- atlas:nolint [CODE|ANALYZER]...
//
// They count for the statement they stand before; at the top of the file, with
// an empty line after them, for the whole file.
func (p *Pass) allow(diags []Diagnostic) []Diagnostic {
	var allowances []*allowance
	severity := allowComment().Severity
	if s, ok := p.Severities["allow-comment"]; ok {
		severity = s
	}
	bad := func(line int, format string, args ...any) {
		if severity > Off {
			diags = append(diags, Diagnostic{Rule: "allow-comment", Severity: severity, File: p.File.Name, Line: line,
				Message: fmt.Sprintf(format, args...), Fix: "-- espalier:allow RULE reason"})
		}
	}
	parse := func(text string, line int, s *Statement) {
		if m := reAllow.FindStringSubmatch(text); m != nil {
			known := slices.ContainsFunc(Rules(), func(r Rule) bool { return r.Name == m[1] })
			switch {
			case !known:
				bad(line, "there is no rule %q", m[1])
			case strings.TrimSpace(m[2]) == "":
				bad(line, "espalier:allow %s gives no reason, and counts for nothing", m[1])
			default:
				allowances = append(allowances, &allowance{rule: m[1], line: line, stmt: s})
			}
		} else if m := reNolint.FindStringSubmatch(text); m != nil {
			names := strings.Fields(m[1])
			allowances = append(allowances, &allowance{names: names, all: len(names) == 0, line: line, stmt: s})
		}
	}
	for i, text := range header(p.File.Text) {
		parse(text, i+1, nil)
	}
	lines := strings.Split(p.File.Text, "\n")
	top := len(header(p.File.Text))
	for _, s := range p.File.Statements {
		for n := min(s.Line-1, len(lines)); n > top && strings.HasPrefix(strings.TrimSpace(lines[n-1]), "--"); n-- {
			parse(strings.TrimSpace(lines[n-1]), n, s)
		}
	}
	var out []Diagnostic
	for _, d := range diags {
		allowed := false
		for _, a := range allowances {
			if d.Rule != "allow-comment" && d.Rule != "fails" && (a.stmt == nil || a.stmt == d.stmt) && a.covers(d) {
				allowed, a.used = true, true
			}
		}
		if !allowed {
			out = append(out, d)
		}
	}
	diags = out
	for _, a := range allowances {
		if a.rule != "" && !a.used && !p.off(a.rule) {
			bad(a.line, "espalier:allow %s allows nothing here", a.rule)
		}
	}
	return diags
}

func (a *allowance) covers(d Diagnostic) bool {
	if a.rule != "" || a.all {
		return a.all || a.rule == d.Rule
	}
	for _, r := range Rules() {
		if r.Name == d.Rule {
			return slices.ContainsFunc(a.names, func(n string) bool {
				return n == r.Name || r.Analyzer != "" && n == r.Analyzer || slices.Contains(r.Codes, n)
			})
		}
	}
	return false
}

// header are the comment lines at the top of a file that an empty line ends.
func header(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			return out
		case !strings.HasPrefix(line, "--"):
			return nil
		}
		out = append(out, line)
	}
	return out
}

// off tells whether settings turned the rule off.
func (p *Pass) off(rule string) bool {
	s, ok := p.Severities[rule]
	return ok && s == Off
}
