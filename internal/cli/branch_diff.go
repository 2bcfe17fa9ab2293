package cli

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/localneon"
)

func (a *app) branchDiffCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff FROM [TO]",
		Short: "Show how the schemas of two branches differ",
		Long: `Print the unified diff from the schema of FROM to that of TO, or of the default
branch where TO is left out. Nothing is printed where they are the same.

` + providerHelp,
		Example: `  espalier branch diff main fix-prices
  espalier branch diff main fix-prices --json`,
		Args:              between(1, "FROM", "TO"),
		ValidArgsFunction: a.completeBranches,
		RunE: a.run(func(ctx context.Context, args []string) error {
			return a.withBranchProvider(ctx, localbranch.Config{}, func(p branch.Provider) error {
				to := ""
				if len(args) > 1 {
					to = args[1]
				}
				return a.diffBranches(ctx, p, args[0], to)
			})
		}),
	}
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) diffBranches(ctx context.Context, p branch.Provider, from, to string) error {
	if to == "" {
		b, err := defaultBranch(ctx, p)
		if err != nil {
			return err
		}
		to = b.Name
	}
	done := a.progress("reading the schemas")
	old, err := a.schemaOf(ctx, p, from)
	var text string
	if err == nil {
		text, err = a.schemaOf(ctx, p, to)
	}
	done()
	if err != nil {
		return err
	}
	diff := localneon.Diff(from, old, to, text)
	if a.json {
		return a.printJSON(map[string]any{"from": from, "to": to, "equal": diff == "", "diff": diff})
	}
	a.printf("%s", diff)
	return nil
}

func (a *app) schemaOf(ctx context.Context, p branch.Provider, name string) (string, error) {
	e, err := p.Endpoint(ctx, name)
	if err != nil {
		return "", err
	}
	a.stderr.learn(e.URL)
	conn, err := pgx.Connect(ctx, e.URL)
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return localneon.Schema(ctx, conn)
}
