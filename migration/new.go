package migration

import (
	"errors"
	"time"
)

// NewConfig holds the options of New. Its zero value works.
type NewConfig struct {
	// Now is the clock that versions are made from. Defaults to time.Now.
	Now func() time.Time
	// SQL is the text of the new file. Defaults to nothing.
	SQL string
}

// New adds an empty file <version>_<name>.sql to the local folder dir, for SQL
// written by hand, and brings atlas.sum up to date. The name consists of
// letters, digits, _ and -. Call Hash after editing the file.
func New(dir, name string, cfg *NewConfig) (File, error) { return File{}, errors.ErrUnsupported }
