package pglocal

import "golang.org/x/sys/unix"

// cloneAt makes name in the folder dir a clone of in (APFS).
func cloneAt(in, dir int, name string, _ uint32, owner *Identity) error {
	err := unix.Fclonefileat(in, dir, name, unix.CLONE_NOFOLLOW)
	if err == nil && owner != nil {
		err = unix.Fchownat(dir, name, owner.UID, owner.GID, unix.AT_SYMLINK_NOFOLLOW)
	}
	return err
}

func changeTimes(st *unix.Stat_t) (mtime, ctime unix.Timespec) { return st.Mtim, st.Ctim }
