package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/migration"
)

func (a *app) migrateCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "migrate",
		Aliases: []string{"migration"},
		Short:   "Write, check and apply versioned migrations",
		Long: `Write versioned SQL files from the schema and apply them to a database.

Settings come from the environment --env of atlas.hcl: the folder of the
migrations, the schema of the revision table, the desired state, the database.
Files, atlas.sum and the revision table are those of the Atlas command line.`,
		Example: `  # After a change of ent/schema
  go generate ./...
  espalier migrate diff add_nickname
  espalier migrate apply --branch try-it
  espalier migrate status --branch try-it`,
	},
		a.migrateDiffCommand(), a.migrateNewCommand(), a.migrateLintCommand(), a.migrateRehearseCommand(), a.migrateApplyCommand(), a.migrateStatusCommand(),
		a.migrateDownCommand(), a.migrateDriftCommand(), a.migrateCheckpointCommand(), a.migrateRebaseCommand(),
		a.migrateHashCommand(), a.migrateValidateCommand())
}

// migrateFlags choose the settings of a migrate verb.
type migrateFlags struct {
	cmd      *cobra.Command
	env, dir string
}

const defaultEnv = "local"

func (a *app) migrateFlags(cmd *cobra.Command) *migrateFlags {
	f := &migrateFlags{cmd: cmd}
	cmd.Flags().StringVar(&f.env, "env", defaultEnv, "the `environment` of atlas.hcl")
	cmd.Flags().StringVar(&f.dir, "dir", "", "the `folder` of the migrations (default: that of atlas.hcl)")
	_ = cmd.MarkFlagDirname("dir")
	_ = cmd.RegisterFlagCompletionFunc("env", cobra.NoFileCompletions)
	a.jsonFlag(cmd)
	return f
}

// migrateSettings reads atlas.hcl. With --dir it may be missing.
func (a *app) migrateSettings(f *migrateFlags) (*migration.Project, error) {
	project, err := a.projectDir()
	if err != nil {
		return nil, err
	}
	dir := f.dir
	if dir != "" {
		if dir, err = filepath.Abs(dir); err != nil {
			return nil, err
		}
	}
	path := filepath.Join(project, atlasFile)
	there, err := exists(path)
	if err != nil {
		return nil, err
	}
	if !there {
		if dir == "" || f.cmd.Flags().Changed("env") {
			return nil, withHint(fmt.Errorf("no %s in %s", atlasFile, project),
				"run this in a project's folder or name it with --project; without %s, name the migrations' folder with --dir", atlasFile)
		}
		return &migration.Project{Dir: dir}, nil
	}
	settings, err := migration.LoadProject(path, f.env, nil)
	if err != nil {
		return nil, err
	}
	a.stderr.learn(settings.URL)
	a.stderr.learn(settings.DevURL)
	if dir != "" {
		settings.Dir = dir
	}
	return settings, nil
}

// envURL is the URL of an environment that was named on the command line. One
// that leads nowhere must not lead to the default database.
func (f *migrateFlags) envURL(settings *migration.Project, on *targetFlags) (string, error) {
	if !f.cmd.Flags().Changed("env") || on.branch != "" || on.url != "" {
		return "", nil
	}
	if settings.URL == "" && f.env != defaultEnv {
		return "", withHint(fmt.Errorf("the environment %s of %s has no url", f.env, here(settings.Path)),
			"set the variable that its url reads, or give --url or --branch")
	}
	return settings.URL, nil
}

// migrationFiles opens the folder for reading; a typing error in its name must
// not look like a project without migrations.
func migrationFiles(settings *migration.Project) (fs.FS, error) {
	info, err := os.Stat(settings.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, withHint(fmt.Errorf("no folder %s", settings.Dir), "`espalier migrate diff NAME` writes the first migration there")
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, fmt.Errorf("%s is not a folder", settings.Dir)
	}
	return os.DirFS(settings.Dir), nil
}

// here writes a path relative to the current folder where that is shorter.
func here(path string) string {
	cwd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(cwd, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}
