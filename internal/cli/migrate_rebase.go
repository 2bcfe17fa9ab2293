package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/migration"
)

func (a *app) migrateRebaseCommand() *cobra.Command {
	var (
		cfg  migration.RebaseConfig
		base string
	)
	cmd := &cobra.Command{
		Use:   "rebase [FILE...]",
		Short: "Put migrations after all others, when two git branches added files",
		Long: `Give the named files, or those that the git reference --git-base doesn't have, new
versions after all others, and write atlas.sum anew, also where git left a
conflict in it. Files are given by name or version; none of them may be applied in
a database that stays.

Both orders are replayed on throw-away databases before. The result says whether
they lead to the same schema, or which objects clash.`,
		Example: `  # After "git merge origin/main" or "git rebase origin/main"
  espalier migrate rebase --git-base origin/main
  espalier migrate rebase 20260131150405`,
	}
	flags := a.migrateFlags(cmd)
	cmd.Flags().StringVar(&base, "git-base", "", "move the files that this `reference` of git doesn't have")
	cmd.Flags().BoolVar(&cfg.DryRun, "dry-run", false, "write nothing, only say what would happen")
	_ = cmd.RegisterFlagCompletionFunc("git-base", cobra.NoFileCompletions)
	cmd.RunE = a.run(func(ctx context.Context, names []string) error {
		if (base == "") == (len(names) == 0) {
			return usagef("name the files to move, or give --git-base")
		}
		settings, err := a.migrateSettings(flags)
		if err != nil {
			return err
		}
		if _, err := migrationFiles(settings); err != nil {
			return err
		}
		if base != "" {
			if names, err = changedSince(ctx, settings.Dir, base); err != nil {
				return err
			}
			if len(names) == 0 {
				a.printf("Nothing to move: %s has all migrations.\n", base)
				return nil
			}
		}
		cfg.RevisionsSchema = settings.RevisionsSchema
		var result *migration.RebaseResult
		done := a.progress("replaying both orders")
		err = a.withDev(ctx, settings, func(dev migration.Dev) (err error) {
			result, err = migration.Rebase(ctx, settings.Dir, names, dev, &cfg)
			return err
		})
		done()
		if err != nil {
			return err
		}
		return a.printRebase(result, cfg.DryRun)
	})
	return cmd
}

func (a *app) printRebase(r *migration.RebaseResult, dry bool) error {
	if a.json {
		return a.printJSON(r)
	}
	word := "Moved"
	if dry {
		word = "Would move"
	}
	for _, m := range r.Moved {
		a.printf("%s %s to %s.\n", word, m.From, a.out.bold(m.To))
	}
	if len(r.Moved) == 0 {
		a.printf("Nothing to move: the files come last already.\n")
	}
	switch {
	case r.Commute:
		a.printf("Either order leads to the same schema.\n")
	case r.OtherOrder != "":
		a.printf("The other order fails: %s\n", r.OtherOrder)
	default:
		a.printf("The order matters. The other one would leave:\n")
		for _, d := range r.Clashes {
			switch {
			case !d.InTarget:
				a.printf("%s no %s\n", a.out.yellow("-"), d.Object)
			case !d.InFiles:
				a.printf("%s %s\n", a.out.yellow("-"), d.Object)
			default:
				a.printf("%s %s as %q, not %q\n", a.out.yellow("-"), d.Object, oneLine(d.Target), oneLine(d.Files))
			}
		}
	}
	return nil
}
