package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
)

func (a *app) branchCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "branch",
		Short: "Make, list, reset, restore and delete branches",
		Long: `A branch is a whole Postgres of its own that began as a copy of its parent: same
rows, roles and settings, changed without the parent knowing. The parent stays
online while it is copied.

A branch is named by its name or by its id.

` + providerHelp,
		Example: `  espalier branch create fix-prices --expires 7d
  espalier branch list
  psql "$(espalier url fix-prices)"
  espalier branch delete fix-prices`,
	},
		a.branchCreateCommand(), a.branchListCommand(), a.branchGetCommand(), a.branchResetCommand(), a.branchRestoreCommand(),
		a.branchCheckoutCommand(), a.branchDiffCommand(), a.branchRenameCommand(), a.branchExpireCommand(), a.branchProtectCommand(), a.branchDeleteCommand(), a.branchPruneCommand())
}

// printBranch prints the result of a verb that leaves one branch.
func (a *app) printBranch(b branch.Branch, format string, args ...any) error {
	if a.json {
		return a.printJSON(b)
	}
	a.printf(format+"\n", args...)
	return nil
}

// nameOf returns the name of the branch with this id.
func nameOf(all []branch.Branch, id string) string {
	for _, b := range all {
		if b.ID == id {
			return b.Name
		}
	}
	return id
}

// completeBranch completes positional argument number n with branch names. It
// starts nothing and makes nothing.
func (a *app) completeBranch(n int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) != n {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.branchNames(cmd), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeBranches completes every argument with the branches not yet named.
func (a *app) completeBranches(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	names := slices.DeleteFunc(a.branchNames(cmd), func(name string) bool { return slices.Contains(args, name) })
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeBranchFlag completes a flag's value with branch names.
func (a *app) completeBranchFlag(cmd *cobra.Command, flag string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return a.branchNames(cmd), cobra.ShellCompDirectiveNoFileComp
	})
}

func (a *app) branchNames(cmd *cobra.Command) []string {
	ctx, cancel := context.WithTimeout(cmd.Context(), 2*time.Second)
	defer cancel()
	var names []string
	_ = a.withBranchProvider(ctx, localbranch.Config{}, func(p branch.Provider) error {
		all, err := p.List(ctx)
		for _, b := range all {
			names = append(names, b.Name)
		}
		return err
	})
	slices.Sort(names)
	return names
}

// parentOf says where a branch came from, for people.
func parentOf(b branch.Branch, all []branch.Branch) string {
	if b.ParentID == "" {
		return ""
	}
	return nameOf(all, b.ParentID)
}

func mark(b branch.Branch) string {
	switch {
	case b.Default && b.Protected:
		return " (default, protected)"
	case b.Default:
		return " (default)"
	case b.Protected:
		return " (protected)"
	}
	return ""
}

func shellQuote(s string) string {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '/' && r != '.' {
			return fmt.Sprintf("%q", s)
		}
	}
	return s
}
