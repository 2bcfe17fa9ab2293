package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

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
	case migration.EventProgress:
		p.status(progressText(e))
	case migration.EventCleanup:
		p.line(fmt.Sprintf("%s: an earlier try left an invalid index: %s", e.File.Name, e.Stmt))
	case migration.EventRetry:
		cause := "no lock within the lock timeout"
		if isDeadlock(e.Err) {
			cause = "a deadlock"
		}
		p.line(fmt.Sprintf("%s: %s, trying again in %s", e.File.Name, cause, e.Duration.Round(time.Millisecond)))
	case migration.EventFileDone:
		p.line(fmt.Sprintf("%s %s, %s, %s", a.errOut.green("applied"), e.File.Name, count(e.Total, "statement"), took(e.Duration)))
	}
}

// progressText is the line of a statement that takes long.
func progressText(e migration.Event) string {
	text := fmt.Sprintf("%s %d/%d %s", e.File.Name, e.Index, e.Total, e.Duration.Truncate(time.Second))
	if e.Detail != "" {
		text += " " + e.Detail
	}
	if e.Percent >= 0 {
		text += fmt.Sprintf(" %.0f%%", e.Percent)
	}
	return text + " " + firstLine(e.Stmt)
}

func isDeadlock(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "40P01"
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
