package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/migration"
)

type downJSON struct {
	Branch string `json:"branch,omitempty"`
	*migration.DownResult
}

func (a *app) migrateDownCommand() *cobra.Command {
	var cfg migration.DownConfig
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Take the newest migrations of a database back",
		Long: `Take the newest migration back, or all after the version --to. The statements are
computed from the files: they are replayed on a throw-away database, whose
catalog is then led back. Where the folder down beside the migrations has a file
of the same name, its SQL takes that migration back instead. Both are tried on
another throw-away database before, which must come out as the earlier version.

All runs in one transaction with the revision table. A table or column that holds
data is not dropped without --allow-loss. Rows that a migration changed stay as
they are.

` + targetHelp,
		Example: `  espalier migrate down --dry-run
  espalier migrate down
  espalier migrate down --branch try-it --to 20260131150405
  espalier migrate down --to 0 --allow-loss`,
		Args: exactly(),
	}
	flags, on := a.migrateFlags(cmd), a.targetFlags(cmd)
	cmd.Flags().StringVar(&cfg.To, "to", "", "the `version` to go back to, 0 for the empty database (default: the one before the newest)")
	cmd.Flags().BoolVar(&cfg.AllowLoss, "allow-loss", false, "drop tables and columns that hold data")
	cmd.Flags().BoolVar(&cfg.DryRun, "dry-run", false, "only print the SQL")
	cmd.Flags().DurationVar(&cfg.LockTimeout, "lock-timeout", 0, "how long a statement waits for a lock (default 3s)")
	_ = cmd.RegisterFlagCompletionFunc("to", cobra.NoFileCompletions)
	cmd.RunE = a.run(func(ctx context.Context, _ []string) error {
		settings, err := a.migrateSettings(flags)
		if err != nil {
			return err
		}
		dir, err := migrationFiles(settings)
		if err != nil {
			return err
		}
		if err := migration.Validate(dir); err != nil {
			return err
		}
		envURL, err := flags.envURL(settings, on)
		if err != nil {
			return err
		}
		cfg.RevisionsSchema, cfg.Wait = settings.RevisionsSchema, settings.LockTimeout
		return a.withTarget(ctx, on, envURL, func(t target) error {
			var result *migration.DownResult
			done := a.progress("finding and proving the way back")
			err := a.withDev(ctx, settings, func(dev migration.Dev) (err error) {
				result, err = migration.Down(ctx, t.URL, dir, dev, &cfg)
				return err
			})
			done()
			if err != nil {
				return err
			}
			return a.printDown(t, result, cfg.DryRun)
		})
	})
	return cmd
}

func (a *app) printDown(t target, r *migration.DownResult, dry bool) error {
	if a.json {
		return a.printJSON(downJSON{t.Branch, r})
	}
	if r.SQL != "" {
		a.printf("%s\n", strings.TrimRight(r.SQL, "\n"))
	}
	if len(r.Loses) > 0 {
		a.note("%s %s", a.errOut.yellow("loses data:"), strings.Join(r.Loses, ", "))
	}
	if dry {
		return nil
	}
	to := "the empty database"
	if r.To != "" {
		to = "version " + a.out.bold(r.To)
	}
	a.printf("\nTook %s back in %s, now at %s.\n", count(len(r.Reverted), "migration"), t.Label, to)
	return nil
}
