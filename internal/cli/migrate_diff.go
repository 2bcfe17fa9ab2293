package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/espalier-go/espalier/migration"
)

type diffJSON struct {
	Changed bool `json:"changed"`
	*migration.File
	Path string `json:"path,omitempty"`
	SQL  string `json:"sql,omitempty"`
	// Files are all that were written; the fields above are the first of them.
	Files []diffFileJSON `json:"files,omitempty"`
}

type diffFileJSON struct {
	migration.File
	Path string `json:"path,omitempty"`
	SQL  string `json:"sql"`
}

// diffFlags are the options of diff.
type diffFlags struct {
	check, dryRun bool
	renames       []string
}

func (a *app) migrateDiffCommand() *cobra.Command {
	var opts diffFlags
	cmd := &cobra.Command{
		Use:   "diff NAME",
		Short: "Write the migration from the files to the schema",
		Long: `Compare the migrations with the desired state (src of atlas.hcl, such as
ent/schema.sql) and write what is missing to <version>_NAME.sql. The file is
printed, too. It was replayed and compared with the schema before it was
written. There are several files where one transaction can't hold the change: a
new enum value and its use, an index that is made CONCURRENTLY, which the block
diff { concurrent_index { create = true } } of atlas.hcl asks for.

The whole catalog is compared: tables, and functions, triggers, views, policies,
grants and all else that the files beside the schema declare. Diff drops what
the schema no longer has; of functions and the like only those it made itself,
not those that a migration made by hand.

A drop and an add that look like a rename are asked about on a terminal. Say it
with --rename elsewhere: without, the old column and its data go.

Throw-away databases are made on the server of "dev" in atlas.hcl, else on that
of DATABASE_URL, else on a Postgres started for the purpose.`,
		Example: `  go generate ./...
  espalier migrate diff add_nickname
  espalier migrate diff handles --rename users.nickname=handle

  # In CI: fail when the schema has changes without a migration
  espalier migrate diff check --check`,
		Args:              exactly("NAME"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags := a.migrateFlags(cmd)
	cmd.Flags().BoolVar(&opts.check, "check", false, "write nothing, print the SQL and fail when there is a change")
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "write nothing, print the SQL")
	cmd.Flags().StringArrayVar(&opts.renames, "rename", nil, "a table or column with a new name, `OLD=NEW` such as users.nickname=handle; may be repeated")
	_ = cmd.RegisterFlagCompletionFunc("rename", cobra.NoFileCompletions)
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		cfg := &migration.DiffConfig{DryRun: opts.check || opts.dryRun}
		for _, s := range opts.renames {
			r, err := migration.ParseRename(s)
			if err != nil {
				return err
			}
			cfg.Renames = append(cfg.Renames, r)
		}
		settings, err := a.migrateSettings(flags)
		if err != nil {
			return err
		}
		return a.diff(ctx, settings, args[0], opts, cfg)
	})
	return cmd
}

func (a *app) diff(ctx context.Context, settings *migration.Project, name string, opts diffFlags, cfg *migration.DiffConfig) error {
	if len(settings.Src) == 0 {
		return withHint(errors.New("no desired state"), "set src of the environment in %s, such as src = \"file://ent/schema.sql\"", atlasFile)
	}
	desired, err := settings.State()
	if err != nil {
		return err
	}
	if newer := staleSchema(settings.Src); newer != "" {
		a.note("%s %s is newer than %s: run `go generate ./...` first if you changed the schema",
			a.errOut.yellow("note:"), here(newer), here(settings.Src[0]))
	}
	cfg.Policy, cfg.Concurrent, cfg.RevisionsSchema = settings.Policy, settings.Concurrent, settings.RevisionsSchema
	done := sync.OnceFunc(a.progress("comparing the migrations with the schema"))
	if a.errOut.terminal && !opts.check {
		cfg.AskRename = a.askRename(done)
	}
	var files []migration.File
	err = a.withDev(ctx, settings, func(dev migration.Dev) (err error) {
		files, err = migration.Diff(ctx, settings.Dir, name, desired, dev, cfg)
		return err
	})
	done()
	switch {
	case errors.Is(err, migration.ErrNoChanges):
		if a.json {
			return a.printJSON(diffJSON{})
		}
		a.printf("No change: the migrations lead to the schema already.\n")
		return nil
	case err != nil:
		return err
	}
	if err := a.printDiff(settings, files, cfg.DryRun); err != nil || !opts.check {
		return err
	}
	return withHint(errors.New("the schema has changes without a migration"), "write it with `espalier migrate diff NAME`")
}

// printDiff prints the files that were written, or would be.
func (a *app) printDiff(settings *migration.Project, files []migration.File, dry bool) error {
	if a.json {
		out := diffJSON{Changed: true}
		var sql []string
		for i, f := range files {
			j := diffFileJSON{File: f, SQL: f.SQL}
			if !dry {
				j.Path = filepath.Join(settings.Dir, f.Name)
			}
			if i == 0 && !dry {
				out.File, out.Path = &f, j.Path
			}
			sql = append(sql, f.SQL)
			out.Files = append(out.Files, j)
		}
		out.SQL = strings.Join(sql, "")
		return a.printJSON(out)
	}
	for _, f := range files {
		if len(files) > 1 {
			a.printf("-- %s\n", f.Name)
		}
		if sql := strings.TrimSpace(f.SQL); sql != "" {
			a.printf("%s\n", sql)
		}
		if !dry || len(files) > 1 {
			a.printf("\n")
		}
	}
	if dry {
		return nil
	}
	for i, f := range files {
		next := ""
		if i == len(files)-1 {
			next = " Check it, then run `espalier migrate apply`."
		}
		a.printf("Wrote %s.%s\n", a.out.bold(here(filepath.Join(settings.Dir, f.Name))), next)
	}
	return nil
}

// askRename asks on the terminal. stop clears the progress line before.
func (a *app) askRename(stop func()) func(context.Context, migration.Rename) (bool, error) {
	if in, ok := a.stdin.(*os.File); !ok || !term.IsTerminal(int(in.Fd())) {
		return nil
	}
	in := bufio.NewReader(a.stdin)
	return func(_ context.Context, r migration.Rename) (bool, error) {
		stop()
		what := "table " + r.Table
		if r.Column != "" {
			what = "column " + r.Table + "." + r.Column
		}
		fmt.Fprintf(a.stderr, "espalier: is %s renamed to %s? Else it is dropped, with its data. [y/N] ", what, r.To)
		line, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		answer := strings.ToLower(strings.TrimSpace(line))
		return answer == "y" || answer == "yes", nil
	}
}

// staleSchema returns an ent schema file that was changed after the generated
// schema.sql beside it, or "".
func staleSchema(src []string) string {
	for _, path := range src {
		info, err := os.Stat(path)
		if err != nil || filepath.Base(path) != "schema.sql" {
			continue
		}
		var files []string
		for _, pattern := range []string{"*.go", "*.sql", "before/*.sql"} {
			list, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "schema", pattern))
			files = append(files, list...)
		}
		for _, f := range files {
			// A checkout writes all files within moments, in any order.
			if s, err := os.Stat(f); err == nil && s.ModTime().Sub(info.ModTime()) > time.Minute && !strings.HasSuffix(f, "_test.go") {
				return f
			}
		}
	}
	return ""
}
