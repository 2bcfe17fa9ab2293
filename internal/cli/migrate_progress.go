package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/espalier-go/espalier/migration"
)

// applyProgress shows the steps of Apply on stderr: each file as it is done
// and, on a terminal, the statement that runs.
type applyProgress struct {
	a     *app
	shown bool
}

func (a *app) applyProgress() *applyProgress { return &applyProgress{a: a} }

func (p *applyProgress) event(e migration.Event) {
	a := p.a
	switch e.Kind {
	case migration.EventWaiting:
		p.line("waiting for another migration of this database to end")
	case migration.EventStmtStart:
		p.status(fmt.Sprintf("%s %d/%d %s", e.File.Name, e.Index, e.Total, firstLine(e.Stmt)))
	case migration.EventRetry:
		p.line(fmt.Sprintf("%s: no lock within the lock timeout, trying again in %s", e.File.Name, e.Duration.Round(time.Millisecond)))
	case migration.EventFileDone:
		p.line(fmt.Sprintf("%s %s, %s, %s", a.errOut.green("applied"), e.File.Name, count(e.Total, "statement"), took(e.Duration)))
	}
}

func (p *applyProgress) line(text string) {
	p.clear()
	p.a.note("%s", text)
}

func (p *applyProgress) status(text string) {
	if p.a.errOut.terminal {
		fmt.Fprint(p.a.stderr, p.a.errOut.transient(text))
		p.shown = true
	}
}

func (p *applyProgress) clear() {
	if p.shown {
		fmt.Fprint(p.a.stderr, clearLine)
		p.shown = false
	}
}

// firstLine is the first line of a statement.
func firstLine(s string) string {
	line, rest, _ := strings.Cut(strings.TrimSpace(s), "\n")
	if rest != "" {
		return line + " …"
	}
	return line
}
