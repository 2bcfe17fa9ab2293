package pglocal

import (
	"errors"

	"golang.org/x/sys/unix"
)

// cloneAt makes name in the folder dir a reflink of in (FICLONE).
func cloneAt(in, dir int, name string, perm uint32, owner *Identity) error {
	out, err := openAt(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, perm)
	if err != nil {
		return err
	}
	if owner != nil {
		err = unix.Fchown(out, owner.UID, owner.GID)
	}
	if err == nil {
		_, err = again(func() (int, error) { return 0, unix.IoctlFileClone(out, in) })
	}
	return errors.Join(err, unix.Close(out))
}

func changeTimes(st *unix.Stat_t) (mtime, ctime unix.Timespec) { return st.Mtim, st.Ctim }
