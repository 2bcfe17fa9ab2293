package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
)

func (a *app) branchPruneCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Delete the branches that have expired",
		Long: `Delete the branches whose time is over (see "espalier branch expire"). Protected
branches and those with children stay.`,
		Example: `  espalier branch prune`,
		Args:    exactly(),
		RunE: a.run(func(ctx context.Context, _ []string) error {
			return a.withBranches(ctx, func(p *localbranch.Provider) error {
				deleted, err := p.Prune(ctx)
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
	a.jsonFlag(cmd)
	return cmd
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
