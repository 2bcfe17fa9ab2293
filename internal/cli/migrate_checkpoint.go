package cli

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/migration"
)

func (a *app) migrateCheckpointCommand() *cobra.Command {
	var cfg migration.CheckpointConfig
	cmd := &cobra.Command{
		Use:   "checkpoint [NAME]",
		Short: "Add a file that stands for all before it",
		Long: `Write a migration that makes in one step what all files so far make, and put it
after them as <version>_NAME.sql. New databases begin with it, those that have the
earlier files skip it; the files stay. It holds all that the files make:
functions, triggers, policies, grants, and the rows they insert. That is proved on
a throw-away database before it is written. The Atlas command line reads it, too.`,
		Example: `  espalier migrate checkpoint
  espalier migrate checkpoint release_2 --tag v2`,
		Args:              between(0, "NAME"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags := a.migrateFlags(cmd)
	cmd.Flags().StringVar(&cfg.Tag, "tag", "", "a `name` for the state, such as that of a release")
	cmd.Flags().BoolVar(&cfg.DryRun, "dry-run", false, "write nothing, print the SQL")
	_ = cmd.RegisterFlagCompletionFunc("tag", cobra.NoFileCompletions)
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		name := "checkpoint"
		if len(args) > 0 {
			name = args[0]
		}
		settings, err := a.migrateSettings(flags)
		if err != nil {
			return err
		}
		if _, err := migrationFiles(settings); err != nil {
			return err
		}
		cfg.RevisionsSchema = settings.RevisionsSchema
		var f migration.File
		done := a.progress("replaying the migrations")
		err = a.withDev(ctx, settings, func(dev migration.Dev) (err error) {
			f, err = migration.Checkpoint(ctx, settings.Dir, name, dev, &cfg)
			return err
		})
		done()
		switch {
		case errors.Is(err, migration.ErrNoChanges):
			if a.json {
				return a.printJSON(map[string]bool{"changed": false})
			}
			a.printf("No checkpoint: there is no migration since the last one.\n")
			return nil
		case err != nil:
			return err
		case cfg.DryRun && !a.json:
			a.printf("%s", f.SQL)
			return nil
		case a.json:
			out := diffJSON{Changed: true, File: &f, SQL: f.SQL}
			if !cfg.DryRun {
				out.Path = filepath.Join(settings.Dir, f.Name)
			}
			return a.printJSON(out)
		}
		return a.printNewFile(settings, f, "New databases begin with it.")
	})
	return cmd
}
