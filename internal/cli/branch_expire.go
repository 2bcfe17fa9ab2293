package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
)

func (a *app) branchExpireCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "expire BRANCH TIME",
		Short: "Set when a branch may be deleted",
		Long: `Set when BRANCH expires: a time (2026-01-31T15:04:05Z), a span from now (90m,
12h, 7d, 2w), or never. On this machine an expired branch is deleted by
"espalier branch prune".`,
		Example: `  espalier branch expire preview/42 7d
  espalier branch expire preview/42 never`,
		Args:              exactly("BRANCH", "TIME"),
		ValidArgsFunction: a.completeBranch(0),
		RunE: a.run(func(ctx context.Context, args []string) error {
			at, err := parseExpiry(args[1], time.Now())
			if err != nil {
				return err
			}
			return a.withBranchProvider(ctx, localbranch.Config{}, func(p branch.Provider) error {
				b, err := p.SetExpiration(ctx, args[0], at)
				if err != nil {
					return err
				}
				if at.IsZero() {
					return a.printBranch(b, "Branch %s stays until it is deleted.", a.out.bold(b.Name))
				}
				return a.printBranch(b, "Branch %s expires at %s.", a.out.bold(b.Name), stamp(b.ExpiresAt))
			})
		}),
	}
	a.jsonFlag(cmd)
	return cmd
}
