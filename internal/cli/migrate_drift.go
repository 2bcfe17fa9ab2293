package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/migration"
)

type driftJSON struct {
	Branch string `json:"branch,omitempty"`
	Drift  bool   `json:"drift"`
	*migration.DriftReport
}

func (a *app) migrateDriftCommand() *cobra.Command {
	var (
		cfg migration.DriftConfig
		sql string
	)
	cmd := &cobra.Command{
		Use:   "drift",
		Short: "Compare a database with what its migrations lead to",
		Long: `Replay the files that are applied in the database on a throw-away one and compare
the whole catalogs: tables, indexes, constraints, types, functions, triggers,
views, policies, grants, comments. Print what differs and the SQL that reconciles
it, either way: to restore the database, or to take its state over into a new
migration. Nothing is changed. The exit code is 1 where there is drift.

Schemas of Neon (neon_auth and the like), of extensions and of the revision table
don't count; --ignore-schema names others.

` + targetHelp,
		Example: `  espalier migrate drift
  espalier migrate drift --env neon --json

  # Undo what somebody changed by hand
  espalier migrate drift --branch main --sql restore | psql "$(espalier url main)"`,
		Args: exactly(),
	}
	flags, on := a.migrateFlags(cmd), a.targetFlags(cmd)
	cmd.Flags().StringArrayVar(&cfg.IgnoreSchemas, "ignore-schema", nil, "a `schema` that doesn't count; may be repeated")
	cmd.Flags().StringVar(&sql, "sql", "", "print only the SQL of one `way`, restore or take-over")
	_ = cmd.RegisterFlagCompletionFunc("sql", cobra.FixedCompletions([]string{"restore", "take-over"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("ignore-schema", cobra.NoFileCompletions)
	cmd.RunE = a.run(func(ctx context.Context, _ []string) error {
		if sql != "" && sql != "restore" && sql != "take-over" {
			return usagef("--sql is %q: give restore or take-over", sql)
		}
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
		cfg.RevisionsSchema = settings.RevisionsSchema
		return a.withTarget(ctx, on, envURL, func(t target) error {
			var report *migration.DriftReport
			done := a.progress("comparing %s with its migrations", t.Label)
			err := a.withDev(ctx, settings, func(dev migration.Dev) (err error) {
				report, err = migration.Drift(ctx, t.URL, dir, dev, &cfg)
				return err
			})
			done()
			if err != nil {
				return err
			}
			return a.printDrift(t, report, sql)
		})
	})
	return cmd
}

func (a *app) printDrift(t target, r *migration.DriftReport, way string) error {
	drifted := len(r.Differences) > 0
	switch {
	case a.json:
		if err := a.printJSON(driftJSON{t.Branch, drifted, r}); err != nil {
			return err
		}
	case way != "" && drifted && r.Unplanned != "":
		return withHint(fmt.Errorf("no SQL was found: %s", r.Unplanned), "see the differences without --sql")
	case way == "restore":
		a.printf("%s", r.Restore)
		return nil
	case way == "take-over":
		a.printf("%s", r.TakeOver)
		return nil
	case !drifted:
		a.printf("No drift: %s is what its migrations lead to.\n", t.Label)
	default:
		for _, d := range r.Differences {
			a.printf("%s %s\n", a.out.yellow("-"), d)
		}
		if r.Unplanned != "" {
			a.printf("\nNo SQL was found that reconciles them: %s\n", r.Unplanned)
		} else {
			a.printf("\n%s\n%s\n%s\n%s", a.out.bold("-- To restore the database:"), r.Restore,
				a.out.bold("-- To take its state over, in a new migration:"), r.TakeOver)
		}
	}
	if !drifted {
		return nil
	}
	return withHint(fmt.Errorf("%s differs from its migrations in %s", t.Label, count(len(r.Differences), "object")),
		"restore it with the first SQL; or put the second into a file (`espalier migrate new`) and its objects into the schema")
}
