package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/migration"
)

type checkoutJSON struct {
	branch.Branch
	// Created tells whether this call made the branch.
	Created bool `json:"created"`
	// Applied counts the migrations this call ran.
	Applied int `json:"applied"`
}

type checkoutFlags struct {
	parent, expires, seed string
	noMigrate             bool
}

func (a *app) branchCheckoutCommand() *cobra.Command {
	var flags checkoutFlags
	cmd := &cobra.Command{
		Use:   "checkout [NAME]",
		Short: "Make the branch that belongs to the git branch, migrated",
		Long: `Make the branch NAME ready to work on: create it from its parent on first use, and
run the pending migrations of the project in it. NAME is the git branch that is
checked out unless it is given; main and master stand for the default branch.

Run it again after each git switch or pull. --seed runs a command when the branch
was created, with DATABASE_URL set to it.

` + providerHelp,
		Example: `  git switch -c fix-prices && espalier branch checkout
  eval "$(espalier env fix-prices)"

  # A branch for a pull request, in CI
  espalier branch checkout preview/42 --expires 7d --json`,
		Args:              between(0, "NAME"),
		ValidArgsFunction: a.completeBranch(0),
		RunE: a.run(func(ctx context.Context, args []string) error {
			name := ""
			if len(args) > 0 {
				name = args[0]
			} else {
				var err error
				if name, err = a.gitBranch(ctx); err != nil {
					return err
				}
			}
			return a.withBranchProvider(ctx, localbranch.Config{Keep: true}, func(p branch.Provider) error {
				return a.checkout(ctx, p, name, len(args) == 0, flags)
			})
		}),
	}
	cmd.Flags().StringVar(&flags.parent, "parent", "", "the `branch` to copy on first use (default: the default branch)")
	cmd.Flags().StringVar(&flags.expires, "expires", "", "when a new branch is deleted: a `time` or a span (7d)")
	cmd.Flags().StringVar(&flags.seed, "seed", "", "run this shell `command` when the branch was created")
	cmd.Flags().BoolVar(&flags.noMigrate, "no-migrate", false, "don't run migrations")
	a.completeBranchFlag(cmd, "parent")
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) checkout(ctx context.Context, p branch.Provider, name string, fromGit bool, flags checkoutFlags) error {
	opts := branch.CreateOptions{Parent: flags.parent}
	if flags.expires != "" {
		var err error
		if opts.ExpiresAt, err = parseExpiry(flags.expires, time.Now()); err != nil {
			return err
		}
	}
	b, created, err := a.branchFor(ctx, p, name, fromGit, opts)
	if err != nil {
		return err
	}
	e, err := p.Endpoint(ctx, b.ID)
	if err != nil {
		return err
	}
	a.stderr.learn(e.URL)
	result := checkoutJSON{Branch: b, Created: created}
	if !flags.noMigrate {
		if result.Applied, err = a.applyTo(ctx, e.URL); err != nil {
			return err
		}
	}
	if created && flags.seed != "" {
		if err := a.seedWith(ctx, flags.seed, e.URL); err != nil {
			return err
		}
	}
	if a.json {
		return a.printJSON(result)
	}
	verb := "Branch %s is there"
	if created {
		verb = "Created branch %s"
	}
	a.printf(verb+", %s applied.\n\n  eval \"$(espalier env %s)\"\n", a.out.bold(b.Name), count(result.Applied, "migration"), shellQuote(b.Name))
	return nil
}

// branchFor finds or makes the branch. Git's main branch stands for the
// default one, whatever that is called.
func (a *app) branchFor(ctx context.Context, p branch.Provider, name string, fromGit bool, opts branch.CreateOptions) (branch.Branch, bool, error) {
	if fromGit && (name == "main" || name == "master") {
		b, err := defaultBranch(ctx, p)
		return b, false, err
	}
	done := a.progress("checking out %s", name)
	defer done()
	return branch.Ensure(ctx, p, name, opts)
}

// applyTo runs the pending migrations, where the project has any.
func (a *app) applyTo(ctx context.Context, url string) (int, error) {
	dir, err := a.projectDir()
	if err != nil {
		return 0, err
	}
	path := filepath.Join(dir, atlasFile)
	if ok, err := exists(path); !ok || err != nil {
		return 0, err
	}
	settings, err := migration.LoadProject(path, defaultEnv, nil)
	if err != nil {
		return 0, err
	}
	files, err := migrationFiles(settings)
	if err != nil {
		return 0, err
	}
	progress := a.applyProgress()
	result, err := migration.Apply(ctx, url, files, &migration.ApplyConfig{
		RevisionsSchema: settings.RevisionsSchema, Wait: settings.LockTimeout, Progress: progress.event})
	progress.clear()
	if err != nil {
		return 0, err
	}
	return len(result.Applied), nil
}

// seedWith runs the user's command with the branch as its database. What it
// prints goes to stderr: stdout is the result.
func (a *app) seedWith(ctx context.Context, command, url string) error {
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+url)
	cmd.Stdout, cmd.Stderr = a.stderr, a.stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return withHint(errors.Join(errors.New("the seed command failed"), err), "the branch is there; delete it to begin anew")
	}
	return nil
}
