package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
)

// The results of a check. Only a failed one makes doctor fail.
const (
	checkOK   = "ok"
	checkWarn = "warn"
	checkFail = "fail"
)

// check is one thing that doctor looked at.
type check struct {
	Name   string `json:"name"`
	Status string `json:"status"`
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`
}

type doctorJSON struct {
	OK     bool    `json:"ok"`
	Checks []check `json:"checks"`
}

func (a *app) doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check what espalier needs on this machine",
		Long: `Look for everything espalier needs and say what was found: Postgres binaries, each
proved by running it, file system, rights, the project, atlas.hcl, DATABASE_URL.
Changes nothing. Exits with 1 when something that is needed is missing; a
warning says what could be better.`,
		Example: `  espalier doctor
  ESPALIER_PG_MAJOR=18 espalier doctor --json`,
		Args: exactly(),
		RunE: a.run(func(ctx context.Context, _ []string) error {
			dir, err := a.projectDir()
			if err != nil {
				return err
			}
			done := a.progress("looking around")
			checks := a.postgresChecks(ctx, dir)
			checks = append(checks, systemChecks(ctx, dir)...)
			checks = append(checks, a.projectChecks(ctx, dir)...)
			done()
			if err := ctx.Err(); err != nil {
				return err
			}
			return a.printDoctor(checks)
		}),
	}
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) printDoctor(checks []check) error {
	failed := 0
	for i := range checks {
		c := &checks[i]
		c.Detail = a.stderr.redact(c.Detail)
		c.Hint = a.stderr.redact(c.Hint)
		if c.Status == checkFail {
			failed++
		}
	}
	if a.json {
		if err := a.printJSON(doctorJSON{failed == 0, checks}); err != nil {
			return err
		}
	} else {
		a.printChecks(checks)
	}
	if failed > 0 {
		return withHint(errors.New(count(failed, "check")+" failed"), "the hint beside each failed check says what to do")
	}
	return nil
}

func (a *app) printChecks(checks []check) {
	paint := map[string]func(string) string{checkOK: a.out.green, checkWarn: a.out.yellow, checkFail: a.out.red}
	rows := make([][]cell, 0, len(checks))
	for _, c := range checks {
		rows = append(rows, []cell{{c.Status, paint[c.Status]}, plain(c.Name), plain(c.Detail)})
		if c.Hint != "" {
			rows = append(rows, []cell{plain(""), plain(""), {"hint: " + c.Hint, a.out.dim}})
		}
	}
	a.printTable([]string{"", "CHECK", "FOUND"}, rows)
}
