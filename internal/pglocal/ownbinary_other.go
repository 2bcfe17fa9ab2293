//go:build !linux

package pglocal

import "os"

// ownBinary is the program's file.
func ownBinary() (string, error) { return os.Executable() }
