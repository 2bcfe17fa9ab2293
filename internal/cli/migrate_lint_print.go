package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/espalier-go/espalier/migration"
	"github.com/espalier-go/espalier/migration/lint"
)

func (a *app) printLint(settings *migration.Project, r *migration.LintReport, format string) error {
	switch {
	case a.json:
		return a.printJSON(r)
	case format == "github":
		a.printAnnotations(settings, r)
	default:
		a.printLintText(settings, r)
	}
	return nil
}

// printLintText prints for people: each diagnostic with its lock and a way out.
func (a *app) printLintText(settings *migration.Project, r *migration.LintReport) {
	if len(r.Files) == 0 {
		a.printf("Nothing to lint: no file is pending.\n")
		return
	}
	for _, f := range r.Files {
		path := here(filepath.Join(settings.Dir, f.Name))
		if len(f.Diagnostics) == 0 {
			a.printf("%s %s, %s%s\n", a.out.green("ok"), path, count(len(f.Statements), "statement"), strongest(f))
			continue
		}
		for _, d := range f.Diagnostics {
			paint := a.out.yellow
			if d.Severity == lint.Error {
				paint = a.out.red
			}
			a.printf("%s %s %s\n  %s\n", paint(d.Severity.String()+":"), a.out.bold(fmt.Sprintf("%s:%d", path, d.Line)), d.Rule, d.Message)
			if d.Statement != "" {
				a.printf("  %s  %s\n", a.out.dim("statement"), firstLine(d.Statement))
			}
			for _, l := range d.Locks {
				a.printf("  %s       %s, blocks %s\n", a.out.dim("lock"), l, l.Mode.Blocks())
			}
			if d.Estimate != "" {
				a.printf("  %s   %s\n", a.out.dim("in size"), d.Estimate)
			}
			if d.Fix != "" {
				a.printf("  %s\n", a.out.dim("safe way"))
				for line := range strings.SplitSeq(d.Fix, "\n") {
					a.printf("    %s\n", line)
				}
			}
			a.printf("\n")
		}
	}
	if sum := countSeverities(r); sum != "" {
		a.printf("%s in %s.\n", sum, count(len(r.Files), "file"))
	}
}

// strongest names the strongest lock of a file on tables that were there.
func strongest(f migration.LintedFile) string {
	var top lint.Lock
	for _, s := range f.Statements {
		for _, l := range s.Locks {
			if l.Mode > top.Mode {
				top = l
			}
		}
	}
	if top.Mode == 0 {
		return ", no lock on a table that was there"
	}
	return fmt.Sprintf(", for a moment %s", top)
}

// printAnnotations prints what GitHub shows beside the lines of a pull request.
func (a *app) printAnnotations(settings *migration.Project, r *migration.LintReport) {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, f := range r.Files {
		path := fromWorkspace(filepath.Join(settings.Dir, f.Name))
		for _, d := range f.Diagnostics {
			command := map[lint.Severity]string{lint.Info: "notice", lint.Warning: "warning", lint.Error: "error"}[d.Severity]
			text := d.Message
			for _, l := range d.Locks {
				text += fmt.Sprintf("\nlock: %s, blocks %s", l, l.Mode.Blocks())
			}
			if d.Estimate != "" {
				text += "\n" + d.Estimate
			}
			if d.Fix != "" {
				text += "\n\n" + d.Fix
			}
			a.printf("::%s file=%s,line=%d,title=%s::%s\n", command, property.Replace(path), d.Line, property.Replace(d.Rule), data.Replace(text))
		}
	}
}

// fromWorkspace writes a path relative to the checkout, as annotations need it.
func fromWorkspace(path string) string {
	if root := os.Getenv("GITHUB_WORKSPACE"); root != "" {
		if rel, err := filepath.Rel(root, path); err == nil && !strings.HasPrefix(rel, "..") {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.ToSlash(here(path))
}

type ruleJSON struct {
	Name     string        `json:"name"`
	Severity lint.Severity `json:"severity"`
	Codes    []string      `json:"codes,omitempty"`
	Summary  string        `json:"summary"`
	Why      string        `json:"why"`
}

func (a *app) printRules() error {
	if a.json {
		var rules []ruleJSON
		for _, r := range lint.Rules() {
			rules = append(rules, ruleJSON{r.Name, r.Severity, r.Codes, r.Summary, r.Why})
		}
		return a.printJSON(rules)
	}
	var rows [][]cell
	for _, r := range lint.Rules() {
		rows = append(rows, []cell{plain(r.Name), plain(r.Severity.String()), plain(r.Summary)})
	}
	a.printTable([]string{"RULE", "SEVERITY", "REPORTS"}, rows)
	return nil
}
