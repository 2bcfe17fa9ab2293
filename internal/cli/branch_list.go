package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
)

func (a *app) branchListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the branches",
		Example: `  espalier branch list
  espalier branch list --json`,
		Args: exactly(),
		RunE: a.run(func(ctx context.Context, _ []string) error {
			return a.withBranchProvider(ctx, localbranch.Config{}, func(p branch.Provider) error {
				all, err := p.List(ctx)
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(append([]branch.Branch{}, all...))
				}
				a.printBranches(all, time.Now())
				return nil
			})
		}),
	}
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) printBranches(all []branch.Branch, now time.Time) {
	rows := make([][]cell, len(all))
	for i, b := range all {
		state := cell{string(b.State), nil}
		if b.State == branch.Active {
			state.paint = a.out.green
		}
		rows[i] = []cell{plain(b.Name + mark(b)), plain(b.ID), plain(parentOf(b, all)), state, plain(ago(b.CreatedAt, now)), a.expires(b, now)}
	}
	a.printTable([]string{"NAME", "ID", "PARENT", "STATE", "CREATED", "EXPIRES"}, rows)
}

// expires says when a branch's time is over.
func (a *app) expires(b branch.Branch, now time.Time) cell {
	if b.Expired(now) {
		return cell{"expired", a.out.yellow}
	}
	return plain(ago(b.ExpiresAt, now))
}
