package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/migration"
)

func (a *app) migrateValidateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check the migrations against atlas.sum",
		Long: `Check that no migration was edited, added or removed without atlas.sum knowing.
Needs no database.`,
		Example: `  espalier migrate validate`,
		Args:    exactly(),
	}
	flags := a.migrateFlags(cmd)
	cmd.RunE = a.run(func(context.Context, []string) error {
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
		if a.json {
			return a.printJSON(map[string]any{"dir": settings.Dir, "valid": true})
		}
		a.printf("The migrations in %s match atlas.sum.\n", here(settings.Dir))
		return nil
	})
	return cmd
}
