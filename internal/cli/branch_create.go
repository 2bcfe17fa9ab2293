package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
)

func (a *app) branchCreateCommand() *cobra.Command {
	var parent, at, expires string
	var ifNotExists bool
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Make a branch from its parent",
		Long: `Make the branch NAME, a copy of its parent as it is now or, with --at, as it was.
The parent stays online; a branch costs disk only for what changes where the
file system can share blocks (btrfs, xfs, APFS), and a copy elsewhere.`,
		Example: `  espalier branch create fix-prices
  espalier branch create preview/42 --parent staging --expires 7d
  espalier branch create before-the-accident --at 10m
  espalier branch create audit --at 2026-01-31T15:04:05Z
  espalier branch create ci --if-not-exists --json`,
		Args:              exactly("NAME"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: a.run(func(ctx context.Context, args []string) error {
			opts := branch.CreateOptions{Parent: parent}
			var err error
			if at != "" {
				if opts.At, err = parsePoint(at, time.Now()); err != nil {
					return err
				}
			}
			if expires != "" {
				if opts.ExpiresAt, err = parseExpiry(expires, time.Now()); err != nil {
					return err
				}
			}
			return a.withBranchProvider(ctx, localbranch.Config{}, func(p branch.Provider) error {
				return a.createBranch(ctx, p, args[0], opts, ifNotExists)
			})
		}),
	}
	cmd.Flags().StringVar(&parent, "parent", "", "the `branch` to copy (default: the default branch)")
	cmd.Flags().StringVar(&at, "at", "", "the parent's past `point`: a time, how long ago (10m), or an LSN")
	cmd.Flags().StringVar(&expires, "expires", "", "when prune may delete it: a `time` or a span (7d)")
	cmd.Flags().BoolVar(&ifNotExists, "if-not-exists", false, "succeed when the branch is there already")
	a.completeBranchFlag(cmd, "parent")
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) createBranch(ctx context.Context, p branch.Provider, name string, opts branch.CreateOptions, ifNotExists bool) error {
	start := time.Now()
	done := a.progress("copying the parent of %s", name)
	var (
		b       branch.Branch
		created = true
		err     error
	)
	if ifNotExists {
		b, created, err = branch.Ensure(ctx, p, name, opts)
	} else {
		b, err = p.Create(ctx, name, opts)
	}
	done()
	if err != nil {
		return err
	}
	if !created {
		return a.printBranch(b, "Branch %s is there already.", b.Name)
	}
	parent, err := p.Get(ctx, b.ParentID)
	if err != nil {
		return err
	}
	return a.printBranch(b, "Created branch %s from %s in %s.\n\n  espalier url %s\n  espalier migrate apply --branch %s",
		a.out.bold(b.Name), parent.Name, took(time.Since(start)), shellQuote(b.Name), shellQuote(b.Name))
}
