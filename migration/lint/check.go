package lint

import (
	"cmp"
	"slices"
	"strings"
)

// Rule looks for one danger.
type Rule struct {
	// Name is how settings and comments call it, such as set-not-null.
	Name string
	// Severity is the default one.
	Severity Severity
	// Codes are the codes of the Atlas command line for the same danger, for
	// "atlas:nolint" and the "Code" of reports; Analyzer is its analyzer.
	Codes    []string
	Analyzer string
	// Summary says what is reported, Why what goes wrong.
	Summary, Why string

	check func(*Pass)
}

// Diagnostic is a danger in a file.
type Diagnostic struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	// Code is that of the Atlas command line for the same danger, or empty.
	Code string `json:"code,omitempty"`
	File string `json:"file"`
	// Line is where the statement begins, from 1; Index its number in the file.
	Line      int    `json:"line"`
	Index     int    `json:"index,omitempty"`
	Statement string `json:"statement,omitempty"`
	Message   string `json:"message"`
	// Locks are those that make it dangerous, Blocks what waits for them.
	Locks  []Lock `json:"locks,omitempty"`
	Blocks string `json:"blocks,omitempty"`
	// Estimate is how long it could take in the target, where that is known.
	Estimate string `json:"estimate,omitempty"`
	// Fix is a safe way to the same end, as SQL with comments.
	Fix string `json:"fix,omitempty"`

	table uint32
	stmt  *Statement
}

// Config holds the options of Check.
type Config struct {
	// Existing tells of an OID whether the relation was there before the first
	// file under lint: one that wasn't has neither rows nor readers.
	Existing func(oid uint32) bool
	// Sizes are those of tables in the target, by name. Defaults to unknown.
	Sizes map[string]Size
	// Severities override those of the rules, by name.
	Severities map[string]Severity
}

// Pass is what a rule works on.
type Pass struct {
	Config
	File *File
	rule Rule
	out  []Diagnostic
}

// Check applies all rules to a file and takes out what its comments allow.
func Check(f *File, cfg Config) []Diagnostic {
	p := &Pass{Config: cfg, File: f}
	if p.Existing == nil {
		p.Existing = func(uint32) bool { return true }
	}
	for _, r := range Rules() {
		if s, ok := p.Severities[r.Name]; ok {
			r.Severity = s
		}
		if r.Severity == Off {
			continue
		}
		p.rule = r
		r.check(p)
	}
	out := p.allow(p.out)
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(b.Severity, a.Severity))
	})
	return out
}

// report adds a diagnostic about the statement; d says the rest.
func (p *Pass) report(s *Statement, d Diagnostic) {
	d.Rule, d.Severity, d.File = p.rule.Name, p.rule.Severity, p.File.Name
	if len(p.rule.Codes) > 0 {
		d.Code = p.rule.Codes[0]
	}
	if s != nil {
		d.stmt, d.Line, d.Index, d.Statement = s, s.Line, s.Index, s.Text
	}
	strongest := LockMode(0)
	for _, l := range d.Locks {
		strongest = max(strongest, l.Mode)
	}
	if strongest > 0 && d.Blocks == "" {
		d.Blocks = strongest.Blocks()
	}
	d.Fix = strings.TrimSpace(d.Fix)
	p.out = append(p.out, d)
}

// on reports about a table: its lock and how long the work takes.
func (p *Pass) on(s *Statement, table uint32, w work, message, fix string) {
	d := Diagnostic{Message: message, Fix: fix, table: table}
	for _, l := range s.Locks {
		// A foreign key locks two tables: both count.
		if l.OID == table || l.Mode.Strong() {
			d.Locks = append(d.Locks, l)
		}
	}
	if r := s.table(table); r != nil {
		if size, ok := p.Sizes[r.String()]; ok {
			d.Estimate = r.String() + " has " + w.estimate(size)
		}
	}
	p.report(s, d)
}

// reported tells whether an earlier rule had something to say about the
// statement and the table.
func (p *Pass) reported(s *Statement, table uint32) bool {
	return slices.ContainsFunc(p.out, func(d Diagnostic) bool { return d.stmt == s && d.table == table })
}

// held are the strong locks that earlier statements of the transaction took.
func (p *Pass) held(s *Statement) []Lock {
	if !p.File.Tx {
		return nil
	}
	var out []Lock
	for _, before := range p.File.Statements {
		if before == s {
			break
		}
		for _, l := range before.strong() {
			i := slices.IndexFunc(out, func(o Lock) bool { return o.OID == l.OID })
			switch {
			case i < 0:
				out = append(out, l)
			case out[i].Mode < l.Mode:
				out[i] = l
			}
		}
	}
	return out
}
