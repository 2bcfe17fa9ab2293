package cli

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/migration"
)

type newJSON struct {
	migration.File
	Path string `json:"path"`
}

func (a *app) migrateNewCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Add an empty migration for SQL by hand",
		Long: `Add the empty file <version>_NAME.sql to the migrations. Write SQL into it, then
run "espalier migrate hash" so that atlas.sum knows the new text.`,
		Example: `  espalier migrate new backfill_nicknames
  $EDITOR migrate/*_backfill_nicknames.sql
  espalier migrate hash`,
		Args:              exactly("NAME"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags := a.migrateFlags(cmd)
	cmd.RunE = a.run(func(_ context.Context, args []string) error {
		settings, err := a.migrateSettings(flags)
		if err != nil {
			return err
		}
		f, err := migration.New(settings.Dir, args[0], nil)
		if err != nil {
			return err
		}
		return a.printNewFile(settings, f, "Write SQL into it, then run `espalier migrate hash`.")
	})
	return cmd
}

func (a *app) printNewFile(settings *migration.Project, f migration.File, next string) error {
	path := filepath.Join(settings.Dir, f.Name)
	if a.json {
		return a.printJSON(newJSON{f, path})
	}
	a.printf("Wrote %s. %s\n", a.out.bold(here(path)), next)
	return nil
}
