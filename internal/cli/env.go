package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch/neonbranch"
)

func (a *app) envCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "env [BRANCH]",
		Short: "Print what programs and neonctl need to work on a branch",
		Long: `Print shell commands that set DATABASE_URL (through the pooler, where there is
one), DATABASE_URL_UNPOOLED (direct: for migrations), NEON_API_HOST, NEON_API_KEY
and NEON_PROJECT_ID for BRANCH, or for the default branch. What is printed holds
passwords. On this machine the local Neon is started if need be.

` + providerHelp,
		Example: `  eval "$(espalier env)"
  neonctl branches list --project-id "$NEON_PROJECT_ID"
  eval "$(espalier env fix-prices)" && go run ./cmd/server`,
		Args:              between(0, "BRANCH"),
		ValidArgsFunction: a.completeBranch(0),
		RunE: a.run(func(ctx context.Context, args []string) error {
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			return a.printEnv(ctx, name)
		}),
	}
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) printEnv(ctx context.Context, name string) error {
	neon, c, err := a.onNeon()
	if err != nil {
		return err
	}
	if !neon {
		info, err := a.startDaemon(ctx)
		if err != nil {
			return err
		}
		c = neonContext{key: info.Key, host: info.URL, project: info.ProjectID}
	}
	p, err := neonbranch.Open(c.key, c.project, neonbranch.Config{BaseURL: c.host, Log: a.log()})
	if err != nil {
		return err
	}
	if name == "" {
		b, err := defaultBranch(ctx, p)
		if err != nil {
			return err
		}
		name = b.Name
	}
	done := a.progress("waking %s", name)
	e, err := p.Endpoint(ctx, name)
	done()
	if err != nil {
		return err
	}
	vars := [][2]string{{"DATABASE_URL", e.PooledURL}, {"DATABASE_URL_UNPOOLED", e.URL}, {"NEON_API_HOST", c.host},
		{"NEON_API_KEY", c.key}, {"NEON_PROJECT_ID", c.project}}
	object := make(map[string]string)
	for _, v := range vars {
		if v[1] != "" {
			object[v[0]] = v[1]
		}
	}
	if a.json {
		return a.printJSON(object)
	}
	for _, v := range vars {
		if v[1] != "" {
			a.printf("export %s='%s'\n", v[0], strings.ReplaceAll(v[1], "'", `'\''`))
		}
	}
	return nil
}
