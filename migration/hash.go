package migration

import "errors"

// Hash writes atlas.sum anew from the files in the local folder dir.
func Hash(dir string) error { return errors.ErrUnsupported }
