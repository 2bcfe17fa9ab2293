package migration

import (
	"errors"
	"io/fs"
)

// Validate checks the migration files in dir against atlas.sum. A mismatch is a
// *ChecksumError that names the file and the reason.
func Validate(dir fs.FS) error { return errors.ErrUnsupported }
