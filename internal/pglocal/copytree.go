package pglocal

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
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
	// Known makes it an update: dst is a copy that had these stamps. Only what
	// changed in src since then is copied, and what is gone there is removed.
	// Defaults to nil: dst must not exist.
	Known Stamps
	// Stamp fills Copied.Stamps, for a later update.
	Stamp bool
}

// Copied is what CopyTree did.
type Copied struct {
	// Method is CopyReflink when every file was cloned, else CopyPlain.
	Method string
	// Files and Bytes count what was copied, without what an update found
	// unchanged.
	Files int
	Bytes int64
	// Same counts the files that an update found unchanged.
	Same int
	// Stamps are what a later update compares with, when asked for.
	Stamps Stamps
}

// CopyTree copies the folder src to dst, which must not exist, in parallel
// and by reflink where the file system can. Permissions stay; symbolic links
// stay as they are; sockets and pipes are left out. It doesn't sync. On error
// the incomplete dst stays for the caller to remove.
func CopyTree(ctx context.Context, src, dst string, opts CopyOptions) (Copied, error) {
	if opts.Workers <= 0 {
		opts.Workers = 4
	}
	c := &copier{opts: opts, src: src, dst: dst, stamps: make(Stamps)}
	if os.Geteuid() == 0 && opts.Owner != nil && (opts.Owner.UID != 0 || opts.Owner.GID != os.Getegid()) {
		c.owner = opts.Owner
	}
	group, ctx := errgroup.WithContext(ctx)
	jobs := make(chan *batch, 16)
	for range opts.Workers {
		group.Go(func() error { return c.work(ctx, jobs) })
	}
	group.Go(func() error {
		defer close(jobs)
		return c.walk(ctx, nil, "", jobs)
	})
	err := group.Wait()
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = context.Cause(ctx)
	}
	if err == nil {
		err = c.removeGone()
	}
	done := Copied{Method: CopyReflink, Files: int(c.files.Load()), Bytes: c.bytes.Load(), Same: int(c.same.Load())}
	if c.noReflink.Load() {
		done.Method = CopyPlain
	}
	if opts.Stamp {
		done.Stamps = c.stamps
	}
	return done, err
}

type copier struct {
	opts      CopyOptions
	src, dst  string
	owner     *Identity // nil when what is made belongs to the right one
	noReflink atomic.Bool
	files     atomic.Int64
	bytes     atomic.Int64
	same      atomic.Int64

	mu     sync.Mutex
	stamps Stamps
}

// batch is some files of one folder.
type batch struct {
	in    *folder
	names []string
}

// batchSize is few enough that the workers share a database's folder.
const batchSize = 64

// work copies what is sent, and after an error only takes it.
func (c *copier) work(ctx context.Context, jobs <-chan *batch) error {
	buf := make([]byte, copyBuffer)
	var failed error
	for b := range jobs {
		stamps := make(Stamps, len(b.names))
		for _, name := range b.names {
			if failed == nil {
				failed = context.Cause(ctx)
			}
			if failed == nil {
				failed = c.file(b.in, name, buf, stamps)
			}
		}
		b.in.release()
		c.keep(stamps)
	}
	return failed
}

func (c *copier) keep(stamps Stamps) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for path, s := range stamps {
		c.stamps[path] = s
	}
}

// walk makes the folder at rel, its links and the folders in it, and sends
// its files to the workers.
func (c *copier) walk(ctx context.Context, above *folder, name string, jobs chan<- *batch) error {
	f, entries, err := c.enter(above, name)
	if above != nil && c.vanished(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.release()
	c.keep(Stamps{f.rel: {}})
	var names []string
	send := func() error {
		f.uses.Add(1)
		select {
		case jobs <- &batch{f, names}:
			names = nil
			return nil
		case <-ctx.Done():
			f.release()
			return context.Cause(ctx)
		}
	}
	var folders []string
	for _, e := range entries {
		if c.opts.Skip != nil && c.opts.Skip(f.path(e.Name()), e.IsDir()) {
			continue
		}
		switch {
		case e.IsDir():
			folders = append(folders, e.Name())
		case e.Type() == fs.ModeSymlink:
			err = c.link(f, e.Name())
		case e.Type().IsRegular():
			if names = append(names, e.Name()); len(names) == batchSize {
				err = send()
			}
		}
		if err != nil {
			return err
		}
	}
	if len(names) > 0 {
		if err := send(); err != nil {
			return err
		}
	}
	for _, sub := range folders {
		if err := c.walk(ctx, f, sub, jobs); err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) vanished(err error) bool {
	return c.opts.Live && errors.Is(err, fs.ErrNotExist)
}
