package pglocal

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// copyBuffer is the size of the pieces that files are copied in.
const copyBuffer = 128 << 10

// file copies one file, with as few system calls as it takes: a cluster has a
// thousand files, most of a page or two.
func (c *copier) file(f *folder, name string, buf []byte, stamps Stamps) error {
	path := f.path(name)
	from, to := int(f.src.Fd()), int(f.dst.Fd())
	known, old := c.opts.Known[path]
	if old && known.unchanged(from, name) {
		c.same.Add(1)
		stamps[path] = known
		return nil
	}
	in, err := openAt(from, name, unix.O_RDONLY, 0)
	if c.vanished(err) {
		return nil
	}
	if err != nil {
		return &fs.PathError{Op: "copy", Path: path, Err: err}
	}
	defer unix.Close(in)
	var st unix.Stat_t
	if err = unix.Fstat(in, &st); err == nil && old {
		err = unix.Unlinkat(to, name, 0)
	}
	n := st.Size
	if err == nil {
		stamps[path] = newStamp(&st)
		n, err = c.content(in, to, name, &st, buf)
	}
	if err != nil {
		return &fs.PathError{Op: "copy", Path: path, Err: err}
	}
	c.files.Add(1)
	c.bytes.Add(n)
	return nil
}

// content makes the copy of an open file.
func (c *copier) content(in, dir int, name string, st *unix.Stat_t, buf []byte) (int64, error) {
	perm := uint32(st.Mode) & 0o777
	if st.Size > 0 && !c.noReflink.Load() {
		// When the file system can't, it isn't asked again.
		if err := cloneAt(in, dir, name, perm, c.owner); err == nil {
			return st.Size, nil
		}
		c.noReflink.Store(true)
		_ = unix.Unlinkat(dir, name, 0)
	}
	out, err := openAt(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, perm)
	if err != nil {
		return 0, err
	}
	if c.owner != nil {
		err = unix.Fchown(out, c.owner.UID, c.owner.GID)
	}
	var n int64
	if err == nil {
		n, err = pump(in, out, st.Size, buf)
	}
	return n, errors.Join(err, unix.Close(out))
}

// pump copies to the end. For small files that takes less than the kernel's
// own ways; large ones go through a buffer that stays in the cache.
func pump(in, out int, size int64, buf []byte) (int64, error) {
	var done int64
	for {
		n, err := again(func() (int, error) { return unix.Read(in, buf) })
		if err != nil {
			return done, err
		}
		for rest := buf[:n]; len(rest) > 0; {
			w, err := again(func() (int, error) { return unix.Write(out, rest) })
			if err != nil {
				return done, err
			}
			rest = rest[w:]
		}
		if done += int64(n); n == 0 || n < len(buf) && done >= size {
			return done, nil
		}
	}
}

func openAt(dir int, name string, flags int, perm uint32) (int, error) {
	return again(func() (int, error) {
		return unix.Openat(dir, name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, perm)
	})
}

// again repeats a call that a signal broke off.
func again(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

// cloneFile makes path a clone of in, where the file system can.
func cloneFile(in *os.File, path string, perm fs.FileMode) error {
	return cloneAt(int(in.Fd()), unix.AT_FDCWD, path, uint32(perm.Perm()), nil)
}
