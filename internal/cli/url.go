package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
)

type urlJSON struct {
	Branch    string `json:"branch"`
	URL       string `json:"url"`
	PooledURL string `json:"pooled_url"`
	Host      string `json:"host"`
	Port      int    `json:"port"`
	Database  string `json:"database"`
	Role      string `json:"role"`
}

func (a *app) urlCommand() *cobra.Command {
	var pooled bool
	cmd := &cobra.Command{
		Use:   "url [BRANCH]",
		Short: "Print how to connect to a branch, and start it",
		Long: `Print the connection string of BRANCH, or of the default branch, with its
password. The branch's Postgres is started and runs until "espalier down".

The direct URL is for migrations and sessions. The pooled one is for
applications with many short connections; on this machine they are the same.

` + providerHelp,
		Example: `  psql "$(espalier url)"
  export DATABASE_URL="$(espalier url fix-prices --pooled)"`,
		Args:              between(0, "BRANCH"),
		ValidArgsFunction: a.completeBranch(0),
		RunE: a.run(func(ctx context.Context, args []string) error {
			return a.withBranchProvider(ctx, localbranch.Config{Keep: true}, func(p branch.Provider) error {
				name := ""
				if len(args) > 0 {
					name = args[0]
				}
				return a.printURL(ctx, p, name, pooled)
			})
		}),
	}
	cmd.Flags().BoolVar(&pooled, "pooled", false, "the URL that goes through the pooler, where there is one")
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) printURL(ctx context.Context, p branch.Provider, name string, pooled bool) error {
	if name == "" {
		b, err := defaultBranch(ctx, p)
		if err != nil {
			return err
		}
		name = b.Name
	}
	before, err := kept(ctx, p)
	if err != nil {
		return err
	}
	done := a.progress("waking %s", name)
	e, err := p.Endpoint(ctx, name)
	done()
	if err != nil {
		return err
	}
	b, err := p.Get(ctx, name)
	if err != nil {
		return err
	}
	if before != nil && !before[b.ID] {
		a.note("the Postgres of %s runs until `espalier down`", b.Name)
	}
	switch {
	case a.json:
		return a.printJSON(urlJSON{b.Name, e.URL, e.PooledURL, e.Host, e.Port, e.Database, e.Role})
	case pooled:
		a.printf("%s\n", e.PooledURL)
	default:
		a.printf("%s\n", e.URL)
	}
	return nil
}

// kept tells which branches of this machine run until down; nil for others.
func kept(ctx context.Context, p branch.Provider) (map[string]bool, error) {
	local, ok := p.(*localbranch.Provider)
	if !ok {
		return nil, nil
	}
	s, err := local.Overview(ctx)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]bool)
	for _, b := range s.Branches {
		ids[b.ID] = b.Kept
	}
	return ids, nil
}
