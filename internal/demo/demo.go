package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/cli"
	"github.com/espalier-go/espalier/internal/pglocal"
	"github.com/espalier-go/espalier/internal/shop"
)

// demo is one run in its own project folder.
type demo struct {
	out, errOut io.Writer
	dir         string
	n           int
	up          chan error
	stopUp      context.CancelFunc
	dev         *pglocal.SharedServer
}

func newDemo(stdout, stderr io.Writer) (*demo, error) {
	dir, err := os.MkdirTemp("", "espalier-demo-")
	if err != nil {
		return nil, err
	}
	d := &demo{out: stdout, errOut: stderr, dir: dir}
	// Run by root, Postgres is another user that has to reach its data.
	err = os.Chmod(dir, 0o711)
	for _, name := range []string{"atlas.hcl", "migrate", "ent/schema.sql"} {
		if err == nil {
			err = copyPath(name, filepath.Join(dir, name))
		}
	}
	if err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("copy the project (run it from the repository's root): %w", err)
	}
	return d, nil
}

// copyPath copies a file, or a folder of files.
func copyPath(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(to, os.DirFS(from))
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}

// close stops every database and removes the folder.
func (d *demo) close() error {
	if d.stopUp != nil {
		d.stopUp()
		<-d.up
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var errs []error
	errs = append(errs, d.closeDev(ctx))
	p, err := localbranch.Open(ctx, d.dir, localbranch.Config{})
	if err == nil {
		_, err = p.Down(ctx)
		errs = append(errs, p.Close())
		if errors.Is(err, localbranch.ErrNoProject) {
			err = nil
		}
	}
	return errors.Join(append(errs, err, os.RemoveAll(d.dir))...)
}

// openDev holds the server of the throw-away databases, which otherwise
// lingers after its last user, so that closeDev can see it end.
func (d *demo) openDev(ctx context.Context) (err error) {
	d.dev, err = pglocal.Shared(ctx, pglocal.SharedConfig{Linger: -1})
	return err
}

func (d *demo) closeDev(ctx context.Context) error {
	if d.dev == nil {
		return nil
	}
	srv := d.dev.Server()
	if err := d.dev.Close(); err != nil || srv == nil {
		return err
	}
	for {
		st, err := pglocal.Inspect(srv.Dir())
		// Somebody else's tests may use it, or have started it to linger.
		if err != nil || !st.Running || st.Users > 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server of dev databases doesn't end: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// step prints a headline, the command a user would type, what do prints, and
// the time.
func (d *demo) step(title, command string, do func(out io.Writer) error) error {
	d.n++
	fmt.Fprintf(d.out, "\n%2d  %s\n", d.n, title)
	if command != "" {
		fmt.Fprintf(d.out, "    $ %s\n", command)
	}
	out := &indent{w: d.out, prefix: "    ", start: true}
	began := time.Now()
	if err := do(out); err != nil {
		return fmt.Errorf("step %d, %s: %w", d.n, strings.ToLower(title[:1])+title[1:], err)
	}
	fmt.Fprintf(d.out, "    (%s)\n", round(time.Since(began)))
	return nil
}

// espalier is a step that runs the command line in this process.
func (d *demo) espalier(ctx context.Context, title string, args ...string) error {
	return d.step(title, "espalier "+strings.Join(args, " "), func(out io.Writer) error {
		return d.cli(ctx, out, args...)
	})
}

func (d *demo) cli(ctx context.Context, out io.Writer, args ...string) error {
	full := append([]string{"--project", d.dir}, args...)
	return exit(cli.Run(ctx, full, strings.NewReader(""), out, out))
}

func (d *demo) seed(ctx context.Context, title string, args ...string) error {
	return d.step(title, "seed "+strings.Join(args, " "), func(out io.Writer) error {
		return exit(shop.Run(ctx, append([]string{"--project", d.dir}, args...), strings.NewReader(""), out, out))
	})
}

func exit(code int) error {
	if code != 0 {
		return fmt.Errorf("exit code %d", code)
	}
	return nil
}

// indent sets every line off from the headlines.
type indent struct {
	w      io.Writer
	prefix string
	start  bool
}

func (i *indent) Write(p []byte) (int, error) {
	var b strings.Builder
	for _, c := range p {
		if i.start && c != '\n' {
			b.WriteString(i.prefix)
		}
		i.start = c == '\n'
		b.WriteByte(c)
	}
	if _, err := io.WriteString(i.w, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}
