package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
)

func (a *app) branchDeleteCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "delete BRANCH...",
		Aliases: []string{"rm"},
		Short:   "Delete branches and their data",
		Example: `  espalier branch delete fix-prices
  espalier branch delete preview/41 preview/42`,
		Args:              atLeast("BRANCH"),
		ValidArgsFunction: a.completeBranches,
		RunE: a.run(func(ctx context.Context, args []string) error {
			return a.withBranchProvider(ctx, localbranch.Config{}, func(p branch.Provider) error {
				var deleted []branch.Branch
				for _, name := range args {
					b, err := p.Get(ctx, name)
					if err == nil {
						err = p.Delete(ctx, name)
					}
					if err != nil {
						return a.reportDeleted(deleted, err)
					}
					deleted = append(deleted, b)
				}
				return a.reportDeleted(deleted, nil)
			})
		}),
	}
	a.jsonFlag(cmd)
	return cmd
}

// reportDeleted says what was deleted, also when err ended it half-way.
func (a *app) reportDeleted(deleted []branch.Branch, err error) error {
	if a.json {
		if jsonErr := a.printJSON(map[string][]branch.Branch{"deleted": append([]branch.Branch{}, deleted...)}); err == nil {
			err = jsonErr
		}
		return err
	}
	for _, b := range deleted {
		a.printf("Deleted branch %s.\n", a.out.bold(b.Name))
	}
	return err
}
