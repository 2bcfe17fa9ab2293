package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
)

func (a *app) branchGetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get BRANCH",
		Short: "Show one branch",
		Example: `  espalier branch get main
  espalier branch get br-calm-field-12345678 --json`,
		Args:              exactly("BRANCH"),
		ValidArgsFunction: a.completeBranch(0),
		RunE: a.run(func(ctx context.Context, args []string) error {
			return a.withBranchProvider(ctx, localbranch.Config{}, func(p branch.Provider) error {
				b, err := p.Get(ctx, args[0])
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(b)
				}
				all, err := p.List(ctx)
				if err != nil {
					return err
				}
				a.printFields([][2]string{
					{"Name", b.Name + mark(b)},
					{"ID", b.ID},
					{"Parent", parentOf(b, all)},
					{"Parent LSN", b.ParentLSN},
					{"Parent time", stamp(b.ParentTime)},
					{"State", string(b.State)},
					{"Created", stamp(b.CreatedAt)},
					{"Expires", stamp(b.ExpiresAt)},
				})
				return nil
			})
		}),
	}
	a.jsonFlag(cmd)
	return cmd
}

// stamp writes a time for people, or nothing for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 -0700")
}
