package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/migration"
)

// target is the database a verb works on.
type target struct {
	// URL is the direct connection string. It holds a password.
	URL string
	// Label names the database for people, without the password.
	Label string
	// Branch is its name where it is a branch of the local project.
	Branch string
}

// targetFlags choose the target of a verb.
type targetFlags struct{ branch, url string }

func (a *app) targetFlags(cmd *cobra.Command) *targetFlags {
	f := new(targetFlags)
	cmd.Flags().StringVar(&f.branch, "branch", "", "the `branch` of the local project to work on")
	cmd.Flags().StringVar(&f.url, "url", "", "the direct `URL` of the database to work on")
	a.completeBranchFlag(cmd, "branch")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if f.branch != "" && f.url != "" {
			return usagef("--branch and --url exclude each other")
		}
		return nil
	}
	return f
}

const targetHelp = `The database is that of --branch or --url; else the url of the environment that
--env names; else DATABASE_URL; else the default branch of the local project. A
branch that isn't up is woken for the time of the command.`

// withTarget finds the database and calls work with it. envURL is the URL of
// the environment that --env names, or empty.
func (a *app) withTarget(ctx context.Context, f *targetFlags, envURL string, work func(target) error) error {
	switch {
	case f.branch != "":
		return a.withBranchTarget(ctx, f.branch, work)
	case f.url != "":
		return a.withURL(f.url, "--url", work)
	case envURL != "":
		return a.withURL(envURL, "the url of atlas.hcl", work)
	case os.Getenv("DATABASE_URL") != "":
		return a.withURL(os.Getenv("DATABASE_URL"), "DATABASE_URL", work)
	}
	return a.withBranchTarget(ctx, "", work)
}

func (a *app) withURL(connString, from string, work func(target) error) error {
	a.stderr.learn(connString)
	direct, switched := migration.DirectURL(connString)
	cfg, err := pgconn.ParseConfig(direct)
	if err != nil {
		// The error of the parser quotes the URL.
		var cause *url.Error
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return withHint(fmt.Errorf("%s is not a connection string: %w", from, err), "a URL looks like postgres://host:5432/database, with user:password@ before the host")
	}
	if switched {
		a.note("%s goes through Neon's pooler: using the direct host %s", from, cfg.Host)
	}
	return work(target{URL: direct, Label: fmt.Sprintf("database %s on %s:%d", cfg.Database, cfg.Host, cfg.Port)})
}

// withBranchTarget wakes the branch for the time of work; "" is the default one.
func (a *app) withBranchTarget(ctx context.Context, name string, work func(target) error) error {
	return a.withBranchProvider(ctx, localbranch.Config{}, func(p branch.Provider) error {
		if name == "" {
			b, err := defaultBranch(ctx, p)
			if err != nil {
				return err
			}
			name = b.Name
		}
		done := a.progress("waking %s", name)
		endpoint, err := p.Endpoint(ctx, name)
		done()
		if err != nil {
			return err
		}
		a.stderr.learn(endpoint.URL)
		return work(target{URL: endpoint.URL, Label: "branch " + name, Branch: name})
	})
}
