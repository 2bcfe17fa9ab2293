package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/migration"
)

type migrateStatusJSON struct {
	Branch string `json:"branch,omitempty"`
	// Status is up_to_date, pending, failed or out_of_order.
	Status string `json:"status"`
	*migration.Report
}

func (a *app) migrateStatusCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Compare a database with the migrations",
		Long: `Show which migrations were applied to a database and which are pending. Writes
nothing.

` + targetHelp,
		Example: `  espalier migrate status
  espalier migrate status --branch fix-prices --json
  espalier migrate status --env neon`,
		Args: exactly(),
	}
	flags, on := a.migrateFlags(cmd), a.targetFlags(cmd)
	cmd.RunE = a.run(func(ctx context.Context, _ []string) error {
		settings, err := a.migrateSettings(flags)
		if err != nil {
			return err
		}
		dir, err := migrationFiles(settings)
		if err != nil {
			return err
		}
		envURL, err := flags.envURL(settings, on)
		if err != nil {
			return err
		}
		return a.withTarget(ctx, on, envURL, func(t target) error {
			report, err := migration.Status(ctx, t.URL, dir, &migration.StatusConfig{RevisionsSchema: settings.RevisionsSchema})
			if err != nil {
				return err
			}
			return a.printMigrateStatus(t, report)
		})
	})
	return cmd
}

// statusWord sums a report up in one word.
func statusWord(r *migration.Report) string {
	switch {
	case r.Failed != nil:
		return "failed"
	case len(r.OutOfOrder) > 0:
		return "out_of_order"
	case len(r.Pending) > 0:
		return "pending"
	}
	return "up_to_date"
}

// failure tells how far a revision came, and why not further.
func failure(r *migration.Revision) string {
	text := fmt.Sprintf("stopped in %s after %d of %s", r.Version, r.Applied, count(r.Total, "statement"))
	if r.Error == "" {
		return text + ": the applier died there; apply again"
	}
	return "failed in " + r.Version + ": " + r.Error + " (" + text + ")"
}

func (a *app) printMigrateStatus(t target, r *migration.Report) error {
	if a.json {
		if r.Applied == nil {
			r.Applied = []migration.Revision{}
		}
		if r.Pending == nil {
			r.Pending = []migration.File{}
		}
		return a.printJSON(migrateStatusJSON{t.Branch, statusWord(r), r})
	}
	sum := a.out.green("up to date")
	switch {
	case r.Failed != nil:
		sum = a.out.red(failure(r.Failed))
	case len(r.OutOfOrder) > 0:
		sum = a.out.red(count(len(r.OutOfOrder), "file") + " added before the current version")
	case len(r.Pending) > 0:
		sum = a.out.yellow(count(len(r.Pending), "migration") + " pending")
	}
	current := r.Current
	if current == "" {
		current = "none"
	}
	a.printFields([][2]string{{"Database", t.Label}, {"Version", current}, {"Next", r.Next}, {"Status", sum}})
	var rows [][]cell
	now := time.Now()
	for _, v := range r.Applied {
		status := cell{"applied " + ago(v.ExecutedAt, now), a.out.green}
		if r.Failed != nil && r.Failed.Version == v.Version {
			status = cell{"failed", a.out.red}
		}
		rows = append(rows, []cell{plain(v.Version), plain(v.Description), status})
	}
	for _, f := range r.OutOfOrder {
		rows = append(rows, []cell{plain(f.Version), plain(f.Description), {"out of order", a.out.red}})
	}
	for _, f := range r.Pending {
		if r.Failed != nil && r.Failed.Version == f.Version {
			continue
		}
		rows = append(rows, []cell{plain(f.Version), plain(f.Description), {"pending", a.out.yellow}})
	}
	if len(rows) > 0 {
		a.printf("\n")
		a.printTable([]string{"VERSION", "DESCRIPTION", "STATUS"}, rows)
	}
	for _, v := range r.Unknown {
		a.note("revision %s of the database has no file in the directory", v.Version)
	}
	return nil
}
