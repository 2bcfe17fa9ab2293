package migration

import (
	"fmt"
	"regexp"

	"ariga.io/atlas/sql/migrate"
)

// File is one file of a migration directory.
type File struct {
	// Name is the file's name: <version>_<description>.sql.
	Name string `json:"name"`
	// Version orders the files. New ones are a UTC time, 20060102150405.
	Version string `json:"version"`
	// Description is what stands between the version and the extension.
	Description string `json:"description"`
	// SQL is the text of the file.
	SQL string `json:"-"`
}

func fileOf(f migrate.File) File {
	return File{Name: f.Name(), Version: f.Version(), Description: f.Desc(), SQL: string(f.Bytes())}
}

func filesOf(files []migrate.File) []File {
	out := make([]File, len(files))
	for i, f := range files {
		out[i] = fileOf(f)
	}
	return out
}

// maxName keeps file names under the limit of file systems.
const maxName = 200

var validName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// checkName reports whether name can be a migration's description.
func checkName(name string) error {
	switch {
	case name == "":
		return hinted(fmt.Errorf("%w: it is empty", ErrInvalidName), "say in a word or two what changes, such as add_nickname")
	case len(name) > maxName:
		return fmt.Errorf("%w: %d characters, at most %d", ErrInvalidName, len(name), maxName)
	case !validName.MatchString(name):
		return hinted(fmt.Errorf("%w: %q", ErrInvalidName, name), "use letters, digits, _ and -")
	}
	return nil
}
