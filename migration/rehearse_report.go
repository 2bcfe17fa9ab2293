package migration

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/espalier-go/espalier/migration/lint"
)

// WriteMarkdown writes the report for a pull request.
func (r *Rehearsal) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Rehearsal on a copy of %s\n\n", r.Branch)
	reads, writes := r.Blocked()
	fmt.Fprintf(&b, "%s. Postgres %s, from version %s to %s: %s in %s, %s of WAL.\nReads of a table waited at most %s, writes at most %s.\n",
		r.verdict(), r.Postgres, cmp.Or(r.From, "none"), cmp.Or(r.To, "none"), plural(len(r.Files), "file"), span(r.Duration), size(r.WALBytes), span(reads), span(writes))
	for _, f := range r.Files {
		fmt.Fprintf(&b, "\n## %s, %s\n\n| line | statement | time | WAL | strongest lock | rewrites | reads in full |\n|---|---|---|---|---|---|---|\n", f.Name, span(f.Duration))
		for _, s := range f.Statements {
			lock := ""
			if len(s.Locks) > 0 {
				lock = s.Locks[0].String()
			}
			fmt.Fprintf(&b, "| %d | `%s` | %s | %s | %s | %s | %s |\n", s.Line, cell(short(s.SQL)), span(s.Duration), size(s.WALBytes), cell(lock), cell(works(s.Rewrites)), cell(works(s.Scans)))
		}
	}
	if len(r.Locks) > 0 {
		fmt.Fprintf(&b, "\n## Locks\n\n| lock | blocks | held for | from |\n|---|---|---|---|\n")
		for _, l := range r.Locks {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", cell(l.String()), l.Mode.Blocks(), span(l.To-l.From), span(l.From))
		}
	}
	for i, s := range r.Smoke {
		if i == 0 {
			fmt.Fprintf(&b, "\n## Smoke queries\n\n| query | rows | time | error |\n|---|---|---|---|\n")
		}
		fmt.Fprintf(&b, "| `%s` | %d | %s | %s |\n", cell(short(s.SQL)), s.Rows, span(s.Duration), cell(s.Error))
	}
	if r.Down != nil {
		fmt.Fprintf(&b, "\n## The way back\n\n%s\n", r.Down.String())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// String says in a line or two how the way back went.
func (d *RehearsedDown) String() string {
	switch {
	case d.Error != "":
		return "It can't be taken back: " + d.Error
	case !d.Restored:
		return "Taken back in " + span(d.Duration) + ", but the schema is not the former one."
	case len(d.Loses) > 0:
		return "Taken back in " + span(d.Duration) + ", to the former schema. Data that would be lost: " + strings.Join(d.Loses, ", ") + "."
	}
	return "Taken back in " + span(d.Duration) + ", to the former schema."
}

// verdict says in a word how it went.
func (r *Rehearsal) verdict() string {
	switch {
	case !r.OK():
		return "**Failed**: " + r.Error
	case len(r.Files) == 0:
		return "Nothing was pending"
	}
	return "All went well"
}

//go:embed rehearse.html.tmpl
var rehearsePage string

// bar is a lock in the picture.
type bar struct {
	X, W, Y float64
	Class   string
	Title   string
	Label   string
}

// page is what the template shows.
type page struct {
	*Rehearsal
	Verdict       string
	Reads, Writes time.Duration
	Bars, Steps   []bar
	Rows          []bar // the tables
	Ticks         []bar
	Height        float64
}

// WriteHTML writes the report as one page without references, with the locks
// over time.
func (r *Rehearsal) WriteHTML(w io.Writer) error {
	t, err := template.New("rehearsal").Funcs(template.FuncMap{
		"span": span, "size": size, "works": works, "short": short, "none": func(s string) string { return cmp.Or(s, "none") },
	}).Parse(rehearsePage)
	if err != nil {
		return err
	}
	return t.Execute(w, r.page())
}

// The picture is 1000 wide, the time begins at left.
const (
	pictureLeft  = 230.0
	pictureWidth = 1000 - pictureLeft - 10
	rowHeight    = 26.0
)

func (r *Rehearsal) page() *page {
	p := &page{Rehearsal: r, Verdict: strings.ReplaceAll(r.verdict(), "**", "")}
	p.Reads, p.Writes = r.Blocked()
	end := time.Millisecond
	for _, l := range r.Locks {
		end = max(end, l.To)
	}
	for _, f := range r.Files {
		for _, s := range f.Statements {
			end = max(end, s.Start+s.Duration)
		}
	}
	x := func(d time.Duration) float64 { return pictureLeft + pictureWidth*float64(d)/float64(end) }
	for _, f := range r.Files {
		for i, s := range f.Statements {
			p.Steps = append(p.Steps, bar{X: x(s.Start), W: max(2, x(s.Start+s.Duration)-x(s.Start)), Y: 24, Class: fmt.Sprintf("step%d", i%2),
				Title: fmt.Sprintf("%s:%d %s, %s", f.Name, s.Line, span(s.Duration), short(s.SQL))})
		}
	}
	var tables []string
	for _, l := range r.Locks {
		if !slices.Contains(tables, l.Table) {
			tables = append(tables, l.Table)
			p.Rows = append(p.Rows, bar{Y: 24 + rowHeight*float64(len(tables)), Label: l.Table})
		}
	}
	locks := slices.Clone(r.Locks)
	slices.SortStableFunc(locks, func(a, b LockSpan) int { return cmp.Compare(a.Mode, b.Mode) }) // the strongest on top
	for _, l := range locks {
		y := 24 + rowHeight*float64(1+slices.Index(tables, l.Table))
		p.Bars = append(p.Bars, bar{X: x(l.From), W: max(2, x(l.To)-x(l.From)), Y: y, Class: lockClass(l.Mode),
			Title: fmt.Sprintf("%s, blocks %s, %s from %s on", l.String(), l.Mode.Blocks(), span(l.To-l.From), span(l.From))})
	}
	for i := range 6 {
		at := end * time.Duration(i) / 5
		p.Ticks = append(p.Ticks, bar{X: x(at), Label: span(at), Class: []string{"start", "middle", "middle", "middle", "middle", "end"}[i]})
	}
	p.Height = 24 + rowHeight*float64(len(tables)+1) + 8
	return p
}

// lockClass is the color of a lock: what it blocks.
func lockClass(m lint.LockMode) string {
	switch {
	case m >= lint.AccessExclusive:
		return "all"
	case m.Strong():
		return "writes"
	}
	return "ddl"
}

// span writes a duration for people.
func span(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// size writes a number of bytes for people.
func size(n int64) string {
	switch {
	case n < 1<<20:
		return fmt.Sprintf("%d kB", (n+1023)>>10)
	case n < 10<<30:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d GB", n>>30)
}

func works(ws []TableWork) string {
	out := make([]string, len(ws))
	for i, w := range ws {
		rows := ""
		if w.Rows > 0 {
			rows = plural(int(w.Rows), "row") + ", "
		}
		out[i] = fmt.Sprintf("%s (%s%s)", w.Table, rows, size(w.Bytes))
	}
	return strings.Join(out, ", ")
}

// short is a statement in one line.
func short(s string) string {
	if r := []rune(oneLine(s)); len(r) > 120 {
		return string(r[:119]) + "…"
	}
	return oneLine(s)
}

// cell keeps a text within a cell of a Markdown table.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "`", "'", "\n", " ", "<", "&lt;").Replace(s)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
