package pglocal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// The values of Copied.Method.
const (
	CopyReflink = "reflink"
	CopyPlain   = "copy"
)

// CopyOptions tunes CopyTree. Its zero value works.
type CopyOptions struct {
	// Owner gets the copy when this process is root. Defaults to this user.
	Owner *Identity
	// Skip leaves out the entry at the slash-separated path below src, and
	// what lies in it. Defaults to leaving nothing out.
	Skip func(path string, dir bool) bool
	// Live says that src changes during the copy: files that vanish in the
	// meantime are left out instead of failing it.
	Live bool
	// Workers is how many files are copied at a time. Defaults to 4.
	Workers int
}

// Copied is what CopyTree did.
type Copied struct {
	// Method is CopyReflink when every file was cloned, else CopyPlain.
	Method string
	Files  int
	Bytes  int64
}

// CopyTree copies the folder src to dst, which must not exist, in parallel
// and by reflink where the file system can. Permissions stay; symbolic links
// stay as they are; sockets and pipes are left out. It doesn't sync. On error
// the incomplete dst stays for the caller to remove.
func CopyTree(ctx context.Context, src, dst string, opts CopyOptions) (Copied, error) {
	if opts.Workers <= 0 {
		opts.Workers = 4
	}
	c := &copier{opts: opts, src: src, dst: dst}
	group, ctx := errgroup.WithContext(ctx)
	files := make(chan string, 256)
	for range opts.Workers {
		group.Go(func() error {
			for rel := range files {
				if err := c.file(rel); err != nil {
					return err
				}
			}
			return nil
		})
	}
	group.Go(func() error {
		defer close(files)
		return c.walk(ctx, files)
	})
	err := group.Wait()
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = context.Cause(ctx)
	}
	done := Copied{Method: CopyReflink, Files: int(c.files.Load()), Bytes: c.bytes.Load()}
	if c.noReflink.Load() {
		done.Method = CopyPlain
	}
	return done, err
}

type copier struct {
	opts      CopyOptions
	src, dst  string
	noReflink atomic.Bool
	files     atomic.Int64
	bytes     atomic.Int64
}

// walk makes the folders and links and sends the files to the workers.
func (c *copier) walk(ctx context.Context, files chan<- string) error {
	return filepath.WalkDir(c.src, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if c.vanished(err) && path != c.src {
				return nil
			}
			return err
		}
		rel, err := filepath.Rel(c.src, path)
		if err != nil {
			return err
		}
		if rel != "." && c.opts.Skip != nil && c.opts.Skip(filepath.ToSlash(rel), d.IsDir()) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		target := filepath.Join(c.dst, rel)
		switch {
		case d.IsDir():
			return c.folder(d, target)
		case d.Type() == fs.ModeSymlink:
			return c.link(path, target)
		case d.Type().IsRegular():
			select {
			case files <- rel:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	})
}

func (c *copier) folder(d fs.DirEntry, target string) error {
	info, err := d.Info()
	if c.vanished(err) {
		return fs.SkipDir
	}
	if err != nil {
		return err
	}
	if err := os.Mkdir(target, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(target, info.Mode().Perm()|0o700); err != nil {
		return err
	}
	return c.chown(target)
}

func (c *copier) link(path, target string) error {
	to, err := os.Readlink(path)
	if c.vanished(err) {
		return nil
	}
	if err == nil {
		err = os.Symlink(to, target)
	}
	if err != nil {
		return err
	}
	return c.chown(target)
}

func (c *copier) chown(path string) error {
	if c.opts.Owner == nil {
		return nil
	}
	return c.opts.Owner.Chown(path)
}

func (c *copier) vanished(err error) bool {
	return c.opts.Live && errors.Is(err, fs.ErrNotExist)
}

func (c *copier) file(rel string) error {
	from, to := filepath.Join(c.src, rel), filepath.Join(c.dst, rel)
	in, err := os.OpenFile(from, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if c.vanished(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	n := info.Size()
	if c.noReflink.Load() || !c.reflink(in, to, info) {
		if n, err = c.plain(in, to, info); err != nil {
			return fmt.Errorf("copy %s: %w", rel, err)
		}
	}
	c.files.Add(1)
	c.bytes.Add(n)
	return c.chown(to)
}

// reflink clones the file. When the file system can't, it isn't asked again.
func (c *copier) reflink(in *os.File, to string, info fs.FileInfo) bool {
	if info.Size() == 0 {
		return false
	}
	if err := cloneFile(in, to, info.Mode().Perm()); err != nil {
		c.noReflink.Store(true)
		_ = os.Remove(to)
		return false
	}
	return true
}

func (c *copier) plain(in *os.File, to string, info fs.FileInfo) (int64, error) {
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return 0, err
	}
	// On Linux this is copy_file_range, without a way through this process.
	n, err := io.Copy(out, in)
	return n, errors.Join(err, out.Close())
}
