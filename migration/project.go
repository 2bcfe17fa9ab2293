package migration

import (
	"errors"
	"io/fs"
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
	// DevURL is the server for throw-away databases, or empty.
	DevURL string
	// Src are the local files of the desired state, as absolute paths.
	Src []string
	// Dir is the absolute path of the migration directory.
	Dir string
	// RevisionsSchema is the schema of the revision table, "" for the default.
	RevisionsSchema string
	// LockTimeout is how long to wait for another applier, 0 for the default.
	LockTimeout time.Duration
	// Policy is what Diff leaves out.
	Policy Policy
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
// accepts what the Atlas command line accepts, except data sources and its
// cloud. Errors name the file and the line.
func LoadProject(path, env string, cfg *ProjectConfig) (*Project, error) {
	return nil, errors.ErrUnsupported
}

// State reads the desired state from the files of Src.
func (p *Project) State() (State, error) { return State{}, errors.ErrUnsupported }

// FS returns the migration directory for Apply, Status and Validate.
func (p *Project) FS() fs.FS { return nil }
