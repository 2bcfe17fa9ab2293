package shop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/seed"
)

// What Run returns.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// Run runs the seed command with args, without the program's name, and returns
// the exit code: 0 when all rows are there, 1 after a failure, 2 when args make
// no sense, 130 when ctx was canceled.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{out: stdout, err: newScreen(stderr)}
	root := a.command()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil:
		msg := seed.ErrInterrupted.Error()
		if e := (*seed.Error)(nil); errors.As(err, &e) && errors.Is(err, seed.ErrInterrupted) {
			msg += ": " + e.Detail
		}
		a.err.fail(msg, hintOf(err))
		return exitInterrupted
	case !a.running:
		a.err.fail(err.Error(), "see `seed --help`")
		return exitUsage
	}
	a.err.fail(err.Error(), hintOf(err))
	return exitFailure
}

type app struct {
	out     io.Writer
	err     *screen
	running bool // the command line was in order

	cfg     seed.Config
	branch  string
	url     string
	project string
	json    bool
}

func (a *app) command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "seed",
		Short: "Fill the shop's tables with rows that are the same on every machine",
		Long: `Seed fills the tables of the shop: users with addresses, stores with categories
and products, orders with line items, reviews. The same seed number and scale
give the same rows on every run and machine.

It is safe to repeat: where all rows are there it does nothing, and after an
interruption, a crash or a lost connection it goes on where it stopped. Tables
that hold other rows are left alone without --reset.

The database is that of --branch or --url; else DATABASE_URL; else the default
branch of the local project. A branch that isn't up is woken for the time of the
command. The migrations must be applied before.

Environment:
  DATABASE_URL      the default target
  ESPALIER_PROJECT  the project's folder, as --project
  NO_COLOR          no color, also on a terminal

Exit codes:
  0    all rows are there
  1    it failed; stderr says why
  2    the command line is wrong
  130  interrupted; the same command goes on from there`,
		Example: `  # 1,000 users and what belongs to them, into the project's default branch
  seed

  # About a million rows into a branch, replacing what is there
  seed --branch try-it --scale 92000 --reset

  # Other rows, on any Postgres
  seed --url "postgres://app@db.example/app" --seed 7`,
		Args:              cobra.NoArgs,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PreRunE:           func(*cobra.Command, []string) error { return a.check() },
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.running = true
			return a.seed(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.Int64Var(&a.cfg.Scale, "scale", 1000, "how many `users`; the other tables grow with them")
	f.Int64Var(&a.cfg.Seed, "seed", 1, "the seed `number`, from 1: another one gives other rows")
	f.StringVar(&a.branch, "branch", "", "the `branch` of the local project to fill")
	f.StringVar(&a.url, "url", "", "the direct `URL` of the database to fill")
	f.BoolVar(&a.cfg.Reset, "reset", false, "empty the shop's tables before, whoever filled them")
	f.BoolVar(&a.json, "json", false, "print the result as JSON")
	f.StringVar(&a.project, "project", "", "the project's `folder` (default: found from here upwards)")
	_ = cmd.MarkFlagDirname("project")
	_ = cmd.RegisterFlagCompletionFunc("branch", a.completeBranch)
	for _, name := range []string{"scale", "seed", "url"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	cmd.AddCommand(completionCommand())
	return cmd
}

// check reports a command line that can't be meant.
func (a *app) check() error {
	switch {
	case a.branch != "" && a.url != "":
		return errors.New("--branch and --url exclude each other")
	case a.cfg.Scale < 1 || a.cfg.Scale > 1e9:
		return fmt.Errorf("--scale is %d, and must be from 1 to 1,000,000,000", a.cfg.Scale)
	case a.cfg.Seed < 1:
		return fmt.Errorf("--seed is %d, and must be at least 1", a.cfg.Seed)
	}
	return nil
}

func (a *app) seed(ctx context.Context) error {
	return a.withTarget(ctx, func(url string) error {
		bar := a.err.progress()
		a.cfg.Progress = bar.update
		res, err := seed.Run(ctx, url, Dataset(), a.cfg)
		bar.clear()
		if err != nil {
			return err
		}
		return a.print(res)
	})
}

func (a *app) print(res *seed.Result) error {
	if a.json {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		return enc.Encode(res)
	}
	var b strings.Builder
	what := fmt.Sprintf("shop, scale %d, seed %d", res.Scale, res.Seed)
	if res.AlreadyDone {
		fmt.Fprintf(&b, "Nothing to do: all %s rows are there (%s).\n", thousands(res.Rows), what)
	} else {
		for _, t := range res.Tables {
			fmt.Fprintf(&b, "%-18s %12s\n", t.Name, thousands(t.Rows))
		}
		if res.Resumed {
			fmt.Fprintf(&b, "Resumed: %s rows were there.\n", thousands(res.Rows-res.Inserted))
		}
		fmt.Fprintf(&b, "Sent %s rows in %s (%s).\n", thousands(res.Inserted), short(res.Duration), what)
	}
	_, err := io.WriteString(a.out, b.String())
	return err
}

func hintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}
