package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
)

type upJSON struct {
	// Created tells whether there was no project before.
	Created bool `json:"created"`
	// Started tells whether the server didn't run before.
	Started  bool                     `json:"started"`
	Project  string                   `json:"project"`
	Version  string                   `json:"postgres_version"`
	Reflink  bool                     `json:"reflink"`
	Branch   localbranch.BranchStatus `json:"branch"`
	Database string                   `json:"database"`
	Role     string                   `json:"role"`
	// API is the base URL of the local Neon, empty in the foreground.
	API string `json:"api,omitempty"`
}

func (a *app) upCommand() *cobra.Command {
	var port int
	var foreground bool
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start the project's Postgres and keep it running",
		Long: `Make the project's first branch, main, where there is none, and start its
Postgres. It runs until "espalier down". It listens on the loopback interface
only, on a port that stays the same. A server of Neon's API runs beside it, for
neonctl and other clients ("espalier env" tells how to reach it).

With --foreground Postgres runs alone, and only as long as this command: until Ctrl-C, or until
it is killed.`,
		Example: `  espalier up
  espalier up --port 5433
  espalier up --foreground
  psql "$(espalier url)"`,
		Args: exactly(),
		RunE: a.run(func(ctx context.Context, _ []string) error {
			if port < 0 || port > 65535 {
				return usagef("--port %d: a port is from 1 to 65535", port)
			}
			return a.withProvider(ctx, localbranch.Config{Port: port, Keep: !foreground}, func(p *localbranch.Provider) error {
				if !foreground {
					return a.up(ctx, p, true, p.Up)
				}
				return a.foreground(ctx, p)
			})
		}),
	}
	cmd.Flags().IntVar(&port, "port", 0, "the TCP `port` of main (default: the one it has, else a free one)")
	cmd.Flags().BoolVar(&foreground, "foreground", false, "run until Ctrl-C instead of in the background")
	_ = cmd.RegisterFlagCompletionFunc("port", cobra.NoFileCompletions)
	a.jsonFlag(cmd)
	return cmd
}

// foreground holds main's server for as long as this process lives.
func (a *app) foreground(ctx context.Context, p *localbranch.Provider) error {
	err := a.up(ctx, p, false, func(ctx context.Context) (branch.Branch, error) {
		b, err := p.Init(ctx)
		if err == nil {
			_, err = p.Endpoint(ctx, b.ID)
		}
		return b, err
	})
	if err != nil {
		return err
	}
	a.note("running until Ctrl-C")
	<-ctx.Done()
	if s, err := p.Status(context.WithoutCancel(ctx)); err == nil && anyKept(s) {
		a.note("an `espalier up` from before keeps Postgres running until `espalier down`")
	} else {
		a.note("stopped")
	}
	return nil
}

// up starts Postgres and, where api says so, the local Neon.
func (a *app) up(ctx context.Context, p *localbranch.Provider, api bool, start func(context.Context) (branch.Branch, error)) error {
	before, err := p.Status(ctx)
	created := errors.Is(err, localbranch.ErrNoProject)
	if err != nil && !created {
		return err
	}
	done := a.progress("starting Postgres")
	b, err := start(ctx)
	done()
	if err != nil {
		return err
	}
	now, err := p.Status(ctx)
	if err != nil {
		return err
	}
	res := upJSON{
		Created:  created,
		Started:  !running(before, b.ID),
		Project:  filepath.Dir(now.Dir),
		Version:  now.Version,
		Reflink:  now.Reflink,
		Branch:   statusOf(now, b),
		Database: localbranch.Database,
		Role:     localbranch.Role,
	}
	if api {
		info, err := a.startDaemon(ctx)
		if err != nil {
			return err
		}
		res.API = info.URL
	}
	if a.json {
		return a.printJSON(res)
	}
	head := "Postgres runs already."
	if res.Started {
		head = "Postgres runs."
	}
	if old := statusOf(before, b).Port; !created && old != res.Branch.Port {
		head = fmt.Sprintf("Postgres runs, and moved from port %d.", old)
	}
	if created {
		head = "Made the project. Postgres runs."
	}
	a.printf("%s\n\n", a.out.green(head))
	a.printFields([][2]string{
		{"Project", res.Project},
		{"Postgres", res.Version},
		{"Branch", b.Name},
		{"Port", strconv.Itoa(res.Branch.Port)},
		{"Database", fmt.Sprintf("%s, role %s", res.Database, res.Role)},
		{"Branches", branchCost(res.Reflink)},
		{"Neon's API", res.API},
	})
	a.printf(`
  psql "$(espalier url)"          a shell in it
  espalier migrate apply          run the migrations
  espalier branch create NAME     a copy to try things on
  eval "$(espalier env)"          settings for programs and neonctl
  espalier down                   stop it
`)
	return nil
}

func anyKept(s localbranch.Status) bool {
	return slices.ContainsFunc(s.Branches, func(b localbranch.BranchStatus) bool { return b.Kept })
}

func branchCost(reflink bool) string {
	if reflink {
		return "share their parent's blocks (reflink)"
	}
	return "are full copies (the file system has no reflinks)"
}

func statusOf(s localbranch.Status, b branch.Branch) localbranch.BranchStatus {
	for _, c := range s.Branches {
		if c.ID == b.ID {
			return c
		}
	}
	return localbranch.BranchStatus{Branch: b}
}

func running(s localbranch.Status, id string) bool {
	return statusOf(s, branch.Branch{ID: id}).Running
}
