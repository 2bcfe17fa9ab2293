package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
)

func (a *app) branchProtectCommand() *cobra.Command {
	var off bool
	cmd := &cobra.Command{
		Use:   "protect BRANCH",
		Short: "Guard a branch against reset, restore, delete and expiry",
		Example: `  espalier branch protect main
  espalier branch protect main --off`,
		Args:              exactly("BRANCH"),
		ValidArgsFunction: a.completeBranch(0),
		RunE: a.run(func(ctx context.Context, args []string) error {
			return a.withBranchProvider(ctx, localbranch.Config{}, func(p branch.Provider) error {
				b, err := p.SetProtected(ctx, args[0], !off)
				if err != nil {
					return err
				}
				if off {
					return a.printBranch(b, "Branch %s is no longer protected.", a.out.bold(b.Name))
				}
				return a.printBranch(b, "Branch %s is protected.", a.out.bold(b.Name))
			})
		}),
	}
	cmd.Flags().BoolVar(&off, "off", false, "take the guard away")
	a.jsonFlag(cmd)
	return cmd
}
