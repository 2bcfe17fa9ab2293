package pglocal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// maxSocketPath is what fits into a socket's address everywhere (104 bytes on
// macOS, 108 on Linux), with room to spare.
const maxSocketPath = 100

// makeSocketDir makes the folder of the unix socket, 0700 and the
// identity's: who gets in is the superuser. It is dir/run, or a short one
// below the folder for temporary files where the path would be too long.
func (c cluster) makeSocketDir(id Identity) (string, error) {
	own := c.path("run")
	dirs := []string{own}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%d\x00%s", os.Geteuid(), id.UID, c.dir))
	name := "espalier-" + hex.EncodeToString(sum[:6])
	dirs = append(dirs, filepath.Join(os.TempDir(), name), filepath.Join("/tmp", name))
	var errs []error
	for _, dir := range dirs {
		if len(filepath.Join(dir, ".s.PGSQL.65535")) > maxSocketPath {
			continue
		}
		err := makePrivate(dir, id)
		if err == nil && dir != own {
			err = id.reach(dir)
		}
		if err == nil {
			return dir, nil
		}
		errs = append(errs, err)
	}
	if errs == nil {
		errs = []error{errors.New("every path is too long")}
	}
	return "", withHint(fmt.Errorf("no folder for the unix socket: %w", errors.Join(errs...)),
		"set TMPDIR to a folder with a short path that you may write to")
}

// makePrivate makes dir empty, with mode 0700, the identity's. One that
// exists must be that already: somebody else may have put it there.
func makePrivate(dir string, id Identity) error {
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		if err := os.Chmod(dir, 0o700); err != nil {
			return err
		}
		if err := id.Chown(dir); err != nil {
			return err
		}
	} else if !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	uid, _, err := ownerOf(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || uid != id.UID || info.Mode().Perm() != 0o700 {
		return fmt.Errorf("%s isn't a folder that only %s can enter", dir, userName(id.UID))
	}
	// A stale socket's lock file names a process id that may be another's by now.
	stale, err := filepath.Glob(filepath.Join(dir, ".s.PGSQL.*"))
	for _, path := range stale {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// reach proves that the identity can enter dir, where that isn't certain.
func (id Identity) reach(dir string) error {
	if id.Mode != RunUser {
		return nil
	}
	if err := id.prove(dir, nil); err != nil {
		return fmt.Errorf("%s can't enter %s: %w", id.Name, dir, err)
	}
	return nil
}
