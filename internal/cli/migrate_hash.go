package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/migration"
)

func (a *app) migrateHashCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hash",
		Short: "Bring atlas.sum up to date after editing a migration",
		Long: `Write atlas.sum anew from the migration files. Do this after editing a file that
no shared database has applied yet; a file that was applied must not change.`,
		Example: `  espalier migrate hash`,
		Args:    exactly(),
	}
	flags := a.migrateFlags(cmd)
	cmd.RunE = a.run(func(context.Context, []string) error {
		settings, err := a.migrateSettings(flags)
		if err != nil {
			return err
		}
		if _, err := migrationFiles(settings); err != nil {
			return err
		}
		if err := migration.Hash(settings.Dir); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]string{"dir": settings.Dir})
		}
		a.printf("Wrote %s/atlas.sum.\n", here(settings.Dir))
		return nil
	})
	return cmd
}
