package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// What Run returns.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// Run runs the command line args, without the program's name, and returns the
// exit code: 0 when all went well, 1 after a failure, 2 when args make no
// sense, 130 when ctx was canceled.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := newApp(stdin, stdout, stderr)
	root := newRootCommand(a)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = a.stdout.err
	}
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil:
		fmt.Fprintln(a.stderr, "espalier: interrupted")
		return exitInterrupted
	case !a.running || errors.As(err, new(*usageError)):
		a.printError(err, usageHint(cmd, err))
		return exitUsage
	}
	a.printError(err, hintOf(err))
	return exitFailure
}

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "espalier",
		Short: "Branches and migrations of a Postgres database, on this machine and on Neon",
		Long: `Espalier keeps a project's Postgres on this machine the way Neon keeps it in the
cloud: every branch is a copy of its parent with a compute of its own. It writes
migrations from the schema, applies them to a branch and tells how to connect.

A project is the nearest folder upwards that holds atlas.hcl or .espalier, else
the root of the git repository, else the current folder. The data of its
branches is in .espalier, which git ignores.

Environment:
  ESPALIER_PROJECT    the project's folder, as --project
  ESPALIER_PG_MAJOR   the Postgres major to run, such as 17 (default: newest found, 15 or later)
  ESPALIER_CACHE      where Postgres binaries and templates are kept
  ESPALIER_INSTALL    1 allows installing Postgres with the system's package manager
  DATABASE_URL        the server for dev databases and the default target of migrate
  NEON_API_KEY        a key of Neon's API: branches are there when a project is named, too
  NEON_PROJECT_ID     the project on Neon (default: the one in the nearest file .neon)
  NEON_API_HOST       the base URL of Neon's API (default: Neon's own)
  NO_COLOR            no color, also on a terminal

Exit codes:
  0    all went well
  1    it failed; stderr says why
  2    the command line is wrong
  130  interrupted`,
		Example: `  # A Postgres for this project, its migrations, and a shell in it
  espalier up
  espalier migrate apply
  psql "$(espalier url)"

  # Try a change on a copy
  espalier branch create try-it
  espalier migrate apply --branch try-it
  espalier branch delete try-it`,
		Args:              noSubcommand,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().StringVar(&a.projectFlag, "project", "", "the project's `folder` (default: found from here upwards)")
	root.PersistentFlags().StringVar(&a.provider, "provider", "", "where branches are: `local or neon` (default: see espalier branch --help)")
	root.PersistentFlags().BoolVar(&a.debug, "debug", false, "log what is done, on stderr")
	_ = root.MarkPersistentFlagDirname("project")
	_ = root.RegisterFlagCompletionFunc("provider", cobra.FixedCompletions([]string{providerLocal, providerNeon}, cobra.ShellCompDirectiveNoFileComp))
	root.AddGroup(
		&cobra.Group{ID: "project", Title: "Project:"},
		&cobra.Group{ID: "schema", Title: "Schema:"},
		&cobra.Group{ID: "help", Title: "Help:"})
	for _, group := range []struct {
		id       string
		commands []*cobra.Command
	}{
		{"project", []*cobra.Command{a.upCommand(), a.downCommand(), a.statusCommand(), a.branchCommand(), a.urlCommand(), a.envCommand(), a.daemonCommand()}},
		{"schema", []*cobra.Command{a.migrateCommand()}},
		{"help", []*cobra.Command{a.doctorCommand(), a.completionCommand(), a.versionCommand()}},
	} {
		for _, c := range group.commands {
			c.GroupID = group.id
			root.AddCommand(c)
		}
	}
	root.SetHelpCommandGroupID("help")
	return root
}
