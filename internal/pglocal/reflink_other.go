//go:build !linux && !darwin

package pglocal

import (
	"errors"
	"io/fs"
	"os"
)

func cloneFile(*os.File, string, fs.FileMode) error { return errors.ErrUnsupported }
