package cli

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/migration"
)

type applyJSON struct {
	Branch string `json:"branch,omitempty"`
	*migration.Result
}

func (a *app) migrateApplyCommand() *cobra.Command {
	var (
		cfg    migration.ApplyConfig
		txMode string
		dryRun bool
		report string
	)
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Run the pending migrations in a database",
		Long: `Run the pending files in order, each in a transaction of its own, and record them
in the revision table. A file that fails is rolled back, those before it stay;
after a correction the next apply goes on there. So it does after Ctrl-C, a lost
connection or a crash; "espalier migrate status" tells where it stands.

A statement that waits for a lock for longer than --lock-timeout holds up the
queries behind it: it is given up and its file tried again, each time after a
longer pause. CREATE INDEX CONCURRENTLY has no limit of time; the invalid index
that a failed one leaves is dropped before the next try.

` + targetHelp + `

Of a pooled URL of Neon the direct one is used; any other pooled URL is refused.`,
		Example: `  espalier migrate apply
  espalier migrate apply --branch fix-prices
  espalier migrate apply --url "$DATABASE_URL" --dry-run
  espalier migrate apply --env neon --to 20260131150405`,
		Args: exactly(),
	}
	flags, on := a.migrateFlags(cmd), a.targetFlags(cmd)
	cmd.Flags().IntVar(&cfg.Limit, "limit", 0, "apply at most `N` files (default: all)")
	cmd.Flags().StringVar(&cfg.To, "to", "", "the last `version` to apply (default: the last there is)")
	cmd.Flags().StringVar(&txMode, "tx-mode", string(migration.TxFile), "how files are put into transactions, the `mode` file, all or none")
	cmd.Flags().DurationVar(&cfg.LockTimeout, "lock-timeout", 0, "how long a statement waits for a lock before it is tried again (default 3s)")
	cmd.Flags().DurationVar(&cfg.StatementTimeout, "statement-timeout", 0, "how long a statement may take (default 15m)")
	cmd.Flags().IntVar(&cfg.LockRetries, "lock-retries", 0, "how `often` to try again, -1 for never (default 5)")
	cmd.Flags().StringVar(&cfg.Baseline, "baseline", "", "the last `version` that a database without revisions has already")
	cmd.Flags().BoolVar(&cfg.AllowDirty, "allow-dirty", false, "run the first migration although the database has tables")
	cmd.Flags().StringVar(&report, "rehearsed", "", "refuse what the rehearsal of this `report.json` didn't run")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only print the SQL that is pending")
	_ = cmd.RegisterFlagCompletionFunc("tx-mode", cobra.FixedCompletions([]string{"file", "all", "none"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = a.run(func(ctx context.Context, _ []string) error {
		switch cfg.TxMode = migration.TxMode(txMode); {
		case cfg.TxMode != migration.TxFile && cfg.TxMode != migration.TxAll && cfg.TxMode != migration.TxNone:
			return usagef("--tx-mode is %q: give file, all or none", txMode)
		case cfg.Limit < 0:
			return usagef("--limit is negative")
		case cfg.Baseline != "" && cfg.AllowDirty:
			return usagef("--baseline and --allow-dirty exclude each other")
		}
		if report != "" {
			f, err := os.Open(report)
			if err != nil {
				return err
			}
			cfg.Rehearsed, err = migration.ReadRehearsal(f)
			if err = errors.Join(err, f.Close()); err != nil {
				return err
			}
		}
		settings, err := a.migrateSettings(flags)
		if err != nil {
			return err
		}
		dir, err := migrationFiles(settings)
		if err != nil {
			return err
		}
		// What can be known without a database should not wake one.
		if err := migration.Validate(dir); err != nil {
			return err
		}
		envURL, err := flags.envURL(settings, on)
		if err != nil {
			return err
		}
		return a.withTarget(ctx, on, envURL, func(t target) error {
			if dryRun {
				report, err := migration.Status(ctx, t.URL, dir, &migration.StatusConfig{RevisionsSchema: settings.RevisionsSchema})
				if err != nil {
					return err
				}
				return a.printPending(report, cfg)
			}
			cfg.RevisionsSchema, cfg.Wait = settings.RevisionsSchema, settings.LockTimeout
			progress := a.applyProgress()
			cfg.Progress = progress.event
			result, err := migration.Apply(ctx, t.URL, dir, &cfg)
			progress.clear()
			if err != nil {
				if ctx.Err() != nil {
					a.explainInterrupt(err)
				}
				return err
			}
			return a.printApplied(t, result)
		})
	})
	return cmd
}

// explainInterrupt says what Ctrl-C left behind.
func (a *app) explainInterrupt(err error) {
	var partial *migration.PartialError
	if !errors.As(err, &partial) {
		return
	}
	left := "it is rolled back"
	if !partial.RolledBack {
		left = "its statements before this one stay"
	}
	a.note("stopped in %s; %s, the next apply goes on there", partial.Failed.Name, left)
}

func (a *app) printApplied(t target, result *migration.Result) error {
	if a.json {
		if result.Applied == nil {
			result.Applied = []migration.AppliedFile{}
		}
		return a.printJSON(applyJSON{t.Branch, result})
	}
	switch n := len(result.Applied); n {
	case 0:
		a.printf("Nothing to apply: %s is up to date.\n", t.Label)
	default:
		a.printf("Applied %s to %s in %s, now at version %s.\n",
			count(n, "migration"), t.Label, took(result.Duration), a.out.bold(result.To))
	}
	return nil
}

// printPending prints what Apply would run.
func (a *app) printPending(report *migration.Report, cfg migration.ApplyConfig) error {
	pending := []migration.File{}
	for _, f := range report.Pending {
		if cfg.Limit > 0 && len(pending) == cfg.Limit || cfg.To != "" && f.Version > cfg.To {
			break
		}
		pending = append(pending, f)
	}
	if a.json {
		return a.printJSON(map[string]any{"current": report.Current, "pending": pending})
	}
	if len(pending) == 0 {
		a.note("nothing to apply")
	}
	for _, f := range pending {
		a.printf("-- %s\n%s\n", f.Name, f.SQL)
	}
	return nil
}
