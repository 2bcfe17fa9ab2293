package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/localneon"
)

func (a *app) downCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Stop the Postgres of every branch, and the local Neon",
		Long: `Stop the Postgres of every branch of the project, whoever uses it, and the server
of Neon's API. The data stays. Nothing is left running.`,
		Example: `  espalier down`,
		Args:    exactly(),
		RunE: a.run(func(ctx context.Context, _ []string) error {
			return a.withBranches(ctx, func(p *localbranch.Provider) error {
				dir, err := a.projectDir()
				if err != nil {
					return err
				}
				// First what would wake a branch again.
				if _, err := localneon.Stop(ctx, dir); err != nil {
					return err
				}
				if err := localneon.Down(ctx, dir, localbranch.Config{Log: a.log()}); err != nil {
					return err
				}
				stopped, err := p.Down(ctx)
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(map[string][]branch.Branch{"stopped": append([]branch.Branch{}, stopped...)})
				}
				for _, b := range stopped {
					a.printf("Stopped %s.\n", a.out.bold(b.Name))
				}
				if len(stopped) == 0 {
					a.printf("Nothing was running.\n")
				}
				return nil
			})
		}),
	}
	a.jsonFlag(cmd)
	return cmd
}
