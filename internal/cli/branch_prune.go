package cli

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
)

func (a *app) branchPruneCommand() *cobra.Command {
	var merged bool
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Delete the branches that are no longer needed",
		Long: `Delete the branches whose time is over (see "espalier branch expire"); with
--merged also those of git branches that are merged into the one checked out.
The default branch, protected ones and those with children stay.`,
		Example: `  espalier branch prune
  espalier branch prune --merged`,
		Args: exactly(),
		RunE: a.run(func(ctx context.Context, _ []string) error {
			return a.withBranchProvider(ctx, localbranch.Config{}, func(p branch.Provider) error {
				deleted, err := pruneBranches(ctx, p)
				if err == nil && merged {
					var more []branch.Branch
					more, err = a.pruneMerged(ctx, p)
					deleted = append(deleted, more...)
				}
				if err := a.reportDeleted(deleted, err); err != nil {
					return err
				}
				if len(deleted) > 0 || a.json {
					return nil
				}
				all, err := p.List(ctx)
				if err != nil {
					return err
				}
				return a.explainNothingPruned(all, time.Now())
			})
		}),
	}
	cmd.Flags().BoolVar(&merged, "merged", false, "also delete those of merged git branches")
	a.jsonFlag(cmd)
	return cmd
}

// pruneMerged deletes the branches of git branches that are merged into the
// one checked out, but not that one's own.
func (a *app) pruneMerged(ctx context.Context, p branch.Provider) ([]branch.Branch, error) {
	current, err := a.gitBranch(ctx)
	if err != nil {
		return nil, err
	}
	merged, err := a.git(ctx, "branch", "--merged", "HEAD", "--format=%(refname:short)")
	if err != nil {
		return nil, err
	}
	return deleteWhere(ctx, p, func(b branch.Branch) bool { return b.Name != current && slices.Contains(merged, b.Name) })
}

// explainNothingPruned says why, when there are expired branches all the same.
func (a *app) explainNothingPruned(all []branch.Branch, now time.Time) error {
	expired := 0
	for _, b := range all {
		if b.Expired(now) {
			expired++
			a.note("%s has expired and stays: it has children or is protected", b.Name)
		}
	}
	if expired == 0 {
		a.printf("No branch has expired.\n")
	}
	return nil
}
