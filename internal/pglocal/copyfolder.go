package pglocal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// folder is an open folder and its open copy. It closes with its last use.
type folder struct {
	rel      string // slash-separated, empty for the topmost
	src, dst *os.File
	uses     atomic.Int32
}

func (f *folder) path(name string) string {
	if f.rel == "" {
		return name
	}
	return f.rel + "/" + name
}

func (f *folder) release() {
	if f.uses.Add(-1) == 0 {
		f.src.Close()
		f.dst.Close()
	}
}

// enter opens a folder and makes or opens its copy. Without one above it is
// the topmost.
func (c *copier) enter(above *folder, name string) (*folder, []fs.DirEntry, error) {
	from, to, rel, flags := c.src, c.dst, "", unix.O_DIRECTORY
	if above != nil {
		rel = above.path(name)
		from, to = filepath.Join(c.src, filepath.FromSlash(rel)), filepath.Join(c.dst, filepath.FromSlash(rel))
		flags |= unix.O_NOFOLLOW
	}
	src, err := os.OpenFile(from, os.O_RDONLY|flags, 0)
	if err != nil {
		return nil, nil, err
	}
	entries, err := src.ReadDir(-1)
	if err == nil {
		err = c.makeFolder(src, to, rel)
	}
	var dst *os.File
	if err == nil {
		dst, err = os.OpenFile(to, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	}
	if err != nil {
		src.Close()
		return nil, nil, err
	}
	f := &folder{rel: rel, src: src, dst: dst}
	f.uses.Store(1)
	return f, entries, nil
}

func (c *copier) makeFolder(src *os.File, to, rel string) error {
	if _, ok := c.opts.Known[rel]; ok {
		return nil
	}
	info, err := src.Stat()
	if err != nil {
		return err
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(to, info.Mode().Perm()|0o700); err != nil {
		return err
	}
	return c.chown(to)
}

func (c *copier) link(f *folder, name string) error {
	to, err := os.Readlink(filepath.Join(f.src.Name(), name))
	if c.vanished(err) {
		return nil
	}
	if err != nil {
		return err
	}
	c.keep(Stamps{f.path(name): {}})
	target := filepath.Join(f.dst.Name(), name)
	if _, ok := c.opts.Known[f.path(name)]; ok {
		if err := os.Remove(target); err != nil {
			return err
		}
	}
	if err := os.Symlink(to, target); err != nil {
		return err
	}
	return c.chown(target)
}

func (c *copier) chown(path string) error {
	if c.owner == nil {
		return nil
	}
	return c.owner.Chown(path)
}

// removeGone removes from the copy what an update no longer found.
func (c *copier) removeGone() error {
	var errs []error
	for path := range c.opts.Known {
		if _, ok := c.stamps[path]; !ok {
			errs = append(errs, os.RemoveAll(filepath.Join(c.dst, filepath.FromSlash(path))))
		}
	}
	return errors.Join(errs...)
}
