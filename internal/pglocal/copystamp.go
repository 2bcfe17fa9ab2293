package pglocal

import (
	"time"

	"golang.org/x/sys/unix"
)

// Stamps say, by slash-separated path, what the files of a copy were copied
// from. Folders and links have an empty one.
type Stamps map[string]Stamp

// Stamp is a file's state when it was copied. Who writes to a file changes
// its times, so one that has the same stamp has the same content.
type Stamp struct {
	Inode        uint64
	Size         int64
	Mtime, Ctime int64 // in ns
}

// StampAge bounds the resolution of a file's times. One that was changed less
// than this before it was copied may have been changed again with the same
// times: it gets an empty stamp, which equals none.
const (
	StampAge       = 50 * time.Millisecond
	coarseStampAge = 2 * time.Second // where no fractions of seconds are stored
)

func newStamp(st *unix.Stat_t) Stamp {
	s := stampOf(st)
	last, margin := max(s.Mtime, s.Ctime), StampAge
	if s.Mtime%int64(time.Second) == 0 || s.Ctime%int64(time.Second) == 0 {
		margin = coarseStampAge
	}
	if time.Now().UnixNano()-last < int64(margin) {
		return Stamp{}
	}
	return s
}

func stampOf(st *unix.Stat_t) Stamp {
	m, c := changeTimes(st)
	return Stamp{Inode: uint64(st.Ino), Size: st.Size, Mtime: m.Nano(), Ctime: c.Nano()}
}

// unchanged tells whether the file still has the stamp.
func (s Stamp) unchanged(dir int, name string) bool {
	var st unix.Stat_t
	_, err := again(func() (int, error) { return 0, unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	return err == nil && s != Stamp{} && s == stampOf(&st)
}
