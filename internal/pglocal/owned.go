package pglocal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// createOwned opens path with 0600 and makes it when absent, never through a
// symbolic link. What root makes in another user's folder belongs to that user.
func createOwned(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, flags|unix.O_NOFOLLOW, 0)
	if !errors.Is(err, os.ErrNotExist) {
		return f, err
	}
	f, err = os.OpenFile(path, flags|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil || os.Geteuid() != 0 {
		return f, err
	}
	uid, gid, err := ownerOf(filepath.Dir(path))
	if err == nil && uid != 0 {
		err = f.Chown(uid, gid)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// writeOwned replaces path by content in one step. id may be nil.
func writeOwned(path string, content []byte, id *Identity) error {
	tmp := fmt.Sprintf("%s.%d.tmp", path, os.Getpid())
	_ = os.Remove(tmp)
	f, err := createOwned(tmp, os.O_WRONLY|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil && id != nil {
		err = id.Chown(tmp)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		_ = os.Remove(tmp)
	}
	return err
}

func ownerOf(path string) (uid, gid int, err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return 0, 0, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, fmt.Errorf("no owner known of %s", path)
	}
	return int(st.Uid), int(st.Gid), nil
}

// Owner is the identity whose files path's are, for Chown and CopyOptions.
func Owner(path string) (Identity, error) {
	uid, gid, err := ownerOf(path)
	return Identity{UID: uid, GID: gid}, err
}
