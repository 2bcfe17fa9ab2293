package migration

import (
	"errors"
	"io/fs"

	"ariga.io/atlas/sql/migrate"
)

// Validate checks the migration files in dir against atlas.sum. A mismatch is a
// *ChecksumError that names the file and the reason.
func Validate(dir fs.FS) error {
	_, err := loadValid(dir)
	return err
}

func validate(dir migrate.Dir) error {
	if doubled(dir) {
		return &ChecksumError{File: sumFile, Reason: "malformed"}
	}
	err := migrate.Validate(dir)
	var sum *migrate.ChecksumError
	switch {
	case errors.As(err, &sum):
		return &ChecksumError{File: sum.File, Reason: sum.Reason.String(), Line: sum.Line}
	case errors.Is(err, migrate.ErrChecksumNotFound):
		return &ChecksumError{File: sumFile, Reason: "missing"}
	case errors.Is(err, migrate.ErrChecksumFormat), errors.Is(err, migrate.ErrChecksumMismatch):
		return &ChecksumError{File: sumFile, Reason: "malformed"}
	}
	return err
}

// doubled tells whether atlas.sum names a file twice, which the Atlas library
// doesn't expect.
func doubled(dir migrate.Dir) bool {
	b, err := fs.ReadFile(dir, sumFile)
	if err != nil {
		return false
	}
	var sum migrate.HashFile
	if sum.UnmarshalText(b) != nil {
		return false
	}
	seen := make(map[string]bool)
	for _, line := range sum {
		if seen[line.N] {
			return true
		}
		seen[line.N] = true
	}
	return false
}
