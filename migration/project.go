package migration

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Project is what atlas.hcl says about one environment.
type Project struct {
	// Path is the absolute path of atlas.hcl. The paths in it are relative to
	// its folder.
	Path string
	// Env is the environment's name.
	Env string
	// URL is the target database, empty where the file or the environment
	// variable it reads has none.
	URL string
	// DevURL is the server for throw-away databases, or empty. The Atlas command
	// line's docker:// URLs are not for this package, they come out empty.
	DevURL string
	// Src are the local files of the desired state, as absolute paths.
	Src []string
	// Dir is the absolute path of the migration directory.
	Dir string
	// RevisionsSchema is the schema of the revision table, "" for the default.
	RevisionsSchema string
	// LockTimeout is how long to wait for another applier, 0 for the default.
	LockTimeout time.Duration
	// Policy is what Diff leaves out, Concurrent what it makes CONCURRENTLY.
	Policy     Policy
	Concurrent Concurrent

	// noState is why State can't be read, or nil.
	noState error
}

// ProjectConfig holds the options of LoadProject. Its zero value works.
type ProjectConfig struct {
	// Vars are the values of the file's input variables, by name. Defaults to
	// the defaults in the file.
	Vars map[string]string
	// Getenv is what getenv() in the file calls. Defaults to os.Getenv.
	Getenv func(string) string
}

// LoadProject reads the environment env of the atlas.hcl file at path. It
// accepts what the Atlas command line accepts, except data sources, for_each and
// its cloud. Errors name the file and the line.
func LoadProject(path, env string, cfg *ProjectConfig) (*Project, error) {
	if cfg == nil {
		cfg = &ProjectConfig{}
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(abs)
	if err != nil {
		return nil, hinted(fmt.Errorf("read the project file: %w", err), "run the command in the folder of atlas.hcl, or name it")
	}
	return parseProject(abs, text, env, cfg)
}

// State reads the desired state from the files of Src; of a folder it takes the
// *.sql files in it.
func (p *Project) State() (State, error) {
	if p.noState != nil {
		return State{}, p.noState
	}
	if len(p.Src) == 0 {
		return State{}, hinted(fmt.Errorf("%s: env %q has no src", filepath.Base(p.Path), p.Env), `add src = "file://ent/schema.sql" to it`)
	}
	var b strings.Builder
	for _, path := range p.Src {
		files := []string{path}
		if fi, err := os.Stat(path); err == nil && fi.IsDir() {
			if files, err = filepath.Glob(filepath.Join(path, "*.sql")); err != nil {
				return State{}, err
			}
			slices.Sort(files)
		}
		for _, f := range files {
			if filepath.Ext(f) != ".sql" {
				return State{}, hinted(fmt.Errorf("the desired state %s is not an .sql file", f), `point src at the generated schema: "file://ent/schema.sql"`)
			}
			text, err := os.ReadFile(f)
			if err != nil {
				err = fmt.Errorf("read the desired state: %w", err)
				if errors.Is(err, fs.ErrNotExist) {
					err = hinted(err, "`make generate` writes it")
				}
				return State{}, err
			}
			b.Write(text)
			b.WriteByte('\n')
		}
	}
	return State{SQL: b.String()}, nil
}

// FS returns the migration directory for Apply, Status and Validate.
func (p *Project) FS() fs.FS { return os.DirFS(p.Dir) }
