package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
)

func (a *app) branchRenameCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:               "rename BRANCH NAME",
		Short:             "Give a branch another name",
		Long:              `Give BRANCH another name. Its id and its URL stay, so connections do, too.`,
		Example:           `  espalier branch rename fix-prices fix-prices-2`,
		Args:              exactly("BRANCH", "NAME"),
		ValidArgsFunction: a.completeBranch(0),
		RunE: a.run(func(ctx context.Context, args []string) error {
			return a.withBranchProvider(ctx, localbranch.Config{}, func(p branch.Provider) error {
				b, err := p.Rename(ctx, args[0], args[1])
				if err != nil {
					return err
				}
				return a.printBranch(b, "Renamed branch %s to %s.", args[0], a.out.bold(b.Name))
			})
		}),
	}
	a.jsonFlag(cmd)
	return cmd
}
