package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
)

func (a *app) branchRestoreCommand() *cobra.Command {
	var source, at, preserve string
	cmd := &cobra.Command{
		Use:   "restore BRANCH",
		Short: "Put an older state of a branch in place of its newest",
		Long: `Put BRANCH back to what it was at --at, or to the state of another branch with
--source. Its id, name and URL stay; connections to it break.`,
		Example: `  # As it was ten minutes ago, and keep what is there now
  espalier branch restore main --at 10m --preserve-as main-before

  # The newest state of another branch
  espalier branch restore fix-prices --source staging`,
		Args:              exactly("BRANCH"),
		ValidArgsFunction: a.completeBranch(0),
		RunE: a.run(func(ctx context.Context, args []string) error {
			opts := branch.RestoreOptions{Source: source, PreserveAs: preserve}
			if at == "" && source == "" {
				return usagef("restore needs --at, --source or both")
			}
			if at != "" {
				var err error
				if opts.At, err = parsePoint(at, time.Now()); err != nil {
					return err
				}
			}
			return a.withBranchProvider(ctx, localbranch.Config{}, func(p branch.Provider) error {
				start := time.Now()
				done := a.progress("restoring %s", args[0])
				b, err := p.Restore(ctx, args[0], opts)
				done()
				if err != nil {
					return err
				}
				return a.printBranch(b, "Restored branch %s in %s.", a.out.bold(b.Name), took(time.Since(start)))
			})
		}),
	}
	cmd.Flags().StringVar(&at, "at", "", "the past `point`: a time, how long ago (10m), or an LSN")
	cmd.Flags().StringVar(&source, "source", "", "the `branch` whose state to take (default: BRANCH itself)")
	cmd.Flags().StringVar(&preserve, "preserve-as", "", "keep the state from before as a new branch of this `name`")
	a.completeBranchFlag(cmd, "source")
	a.jsonFlag(cmd)
	return cmd
}
