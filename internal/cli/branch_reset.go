package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
)

func (a *app) branchResetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reset BRANCH",
		Short: "Put the parent's newest state in place of the branch's",
		Long: `Throw away what BRANCH changed and copy its parent anew. Its id, name and URL
stay; connections to it break.`,
		Example:           `  espalier branch reset fix-prices`,
		Args:              exactly("BRANCH"),
		ValidArgsFunction: a.completeBranch(0),
		RunE: a.run(func(ctx context.Context, args []string) error {
			return a.withBranchProvider(ctx, localbranch.Config{}, func(p branch.Provider) error {
				start := time.Now()
				done := a.progress("copying the parent of %s", args[0])
				b, err := p.Reset(ctx, args[0])
				done()
				if err != nil {
					return err
				}
				return a.printBranch(b, "Reset branch %s in %s.", a.out.bold(b.Name), took(time.Since(start)))
			})
		}),
	}
	a.jsonFlag(cmd)
	return cmd
}
