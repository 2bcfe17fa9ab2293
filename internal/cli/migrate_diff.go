package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/internal/pglocal"
	"github.com/espalier-go/espalier/migration"
)

type diffJSON struct {
	Changed bool `json:"changed"`
	*migration.File
	Path string `json:"path,omitempty"`
	SQL  string `json:"sql,omitempty"`
}

func (a *app) migrateDiffCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "diff NAME",
		Short: "Write the migration from the files to the schema",
		Long: `Compare the migrations with the desired state (src of atlas.hcl, such as
ent/schema.sql) and write what is missing to <version>_NAME.sql. The file is
printed, too. It was replayed and compared with the schema before it was
written.

Throw-away databases are made on the server of "dev" in atlas.hcl, else on that
of DATABASE_URL, else on a Postgres started for the purpose.`,
		Example: `  go generate ./...
  espalier migrate diff add_nickname

  # In CI: fail when the schema has changes without a migration
  espalier migrate diff check --check`,
		Args:              exactly("NAME"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags := a.migrateFlags(cmd)
	cmd.Flags().BoolVar(&check, "check", false, "write nothing, print the SQL and fail when there is a change")
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		settings, err := a.migrateSettings(flags)
		if err != nil {
			return err
		}
		return a.diff(ctx, settings, args[0], check)
	})
	return cmd
}

func (a *app) diff(ctx context.Context, settings *migration.Project, name string, check bool) error {
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
	dir := settings.Dir
	if check {
		if dir, err = os.MkdirTemp("", "espalier-check-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if err := copyFiles(dir, settings.Dir); err != nil {
			return err
		}
	}
	done := a.progress("comparing the migrations with the schema")
	f, err := a.diffOn(ctx, settings, dir, name, desired)
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
	case check:
		if a.json {
			if err := a.printJSON(diffJSON{Changed: true, SQL: f.SQL}); err != nil {
				return err
			}
		} else {
			a.printf("%s\n", strings.TrimSpace(f.SQL))
		}
		return withHint(errors.New("the schema has changes without a migration"), "write it with `espalier migrate diff NAME`")
	}
	if a.json {
		return a.printJSON(diffJSON{Changed: true, File: &f, Path: filepath.Join(settings.Dir, f.Name), SQL: f.SQL})
	}
	if sql := strings.TrimSpace(f.SQL); sql != "" {
		a.printf("%s\n\n", sql)
	}
	return a.printNewFile(settings, f, "Check it, then run `espalier migrate apply`.")
}

// diffOn gets a server for the throw-away databases and diffs on it.
func (a *app) diffOn(ctx context.Context, settings *migration.Project, dir, name string, desired migration.State) (migration.File, error) {
	cfg := &migration.DiffConfig{Policy: settings.Policy, RevisionsSchema: settings.RevisionsSchema}
	// A dev URL of docker is for the Atlas command line; a local Postgres does as well.
	if settings.DevURL != "" && !strings.HasPrefix(settings.DevURL, "docker") {
		return migration.Diff(ctx, dir, name, desired, migration.OnServer(settings.DevURL), cfg)
	}
	a.stderr.learn(os.Getenv("DATABASE_URL"))
	server, err := pglocal.Shared(ctx, pglocal.SharedConfig{Log: a.log()})
	if err != nil {
		return migration.File{}, err
	}
	f, err := migration.Diff(ctx, dir, name, desired, migration.OnServer(server.AdminURL()), cfg)
	return f, errors.Join(err, server.Close())
}

// staleSchema returns an ent schema file that was changed after the generated
// schema.sql beside it, or "".
func staleSchema(src []string) string {
	for _, path := range src {
		info, err := os.Stat(path)
		if err != nil || filepath.Base(path) != "schema.sql" {
			continue
		}
		files, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "schema", "*.go"))
		for _, f := range files {
			// A checkout writes all files within moments, in any order.
			if s, err := os.Stat(f); err == nil && s.ModTime().Sub(info.ModTime()) > time.Minute && !strings.HasSuffix(f, "_test.go") {
				return f
			}
		}
	}
	return ""
}

// copyFiles copies the files of a flat folder; one that isn't there is empty.
func copyFiles(to, from string) error {
	entries, err := os.ReadDir(from)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), b, 0o600); err != nil {
			return fmt.Errorf("copy %s: %w", e.Name(), err)
		}
	}
	return nil
}
