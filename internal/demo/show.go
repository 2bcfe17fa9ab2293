package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/espalier-go/espalier/branch/localbranch"
)

// show is the story.
func (d *demo) show(ctx context.Context) error {
	fmt.Fprintf(d.out, "Espalier: declare, diff, apply to a branch, seed, query, on a real Postgres.\nThe project is in %s.\n", d.dir)
	steps := []func(context.Context) error{
		d.startUp,
		func(ctx context.Context) error {
			return d.espalier(ctx, "Apply the migrations to the branch main", "migrate", "apply", "--branch", "main")
		},
		func(ctx context.Context) error {
			return d.seed(ctx, "Fill it: the same rows for the same seed number, on every machine", "--branch", "main", "--scale", "2000")
		},
		d.graph,
		func(ctx context.Context) error {
			return d.espalier(ctx, "Make a branch: a copy with a Postgres of its own, while main stays online", "branch", "create", "loyalty")
		},
		d.addColumn,
		func(ctx context.Context) error {
			if err := d.openDev(ctx); err != nil {
				return err
			}
			return d.espalier(ctx, "Let the diff write the migration, and prove it on a throw-away database", "migrate", "diff", "add_loyalty_points")
		},
		func(ctx context.Context) error {
			return d.espalier(ctx, "Apply it to the branch only", "migrate", "apply", "--branch", "loyalty")
		},
		d.compare,
		func(ctx context.Context) error {
			return d.espalier(ctx, "Delete the branch", "branch", "delete", "loyalty")
		},
		func(ctx context.Context) error {
			return d.espalier(ctx, "Stop everything", "down")
		},
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// startUp holds the databases for as long as this process lives.
func (d *demo) startUp(ctx context.Context) error {
	return d.step("Start Postgres and make the branch main", "espalier up --foreground &", func(out io.Writer) error {
		upCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		d.stopUp, d.up = cancel, make(chan error, 1)
		ready := &marker{w: out, text: "Ctrl-C", done: make(chan struct{})}
		go func() {
			defer close(d.up)
			d.up <- d.cli(upCtx, ready, "up", "--foreground")
		}()
		select {
		case <-ready.done:
			return nil
		case err := <-d.up:
			return errors.Join(errors.New("it ended too early"), err)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
}

// addColumn does by hand what `go generate` does after a field was added.
func (d *demo) addColumn(ctx context.Context) error {
	const field = `field.Int("loyalty_points").Default(0)`
	return d.step("Declare a field of User: "+field, "go generate ./ent", func(out io.Writer) error {
		path := filepath.Join(d.dir, "ent", "schema.sql")
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		const after = `  "nickname" character varying NULL,` + "\n"
		const line = `  "loyalty_points" bigint NOT NULL DEFAULT 0,` + "\n"
		if strings.Count(string(text), after) != 1 {
			return fmt.Errorf("%s: no single line %q", path, strings.TrimSpace(after))
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), after, after+line, 1)), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(out, "ent/schema.sql, the desired state, now has\n+%s", line)
		return nil
	})
}

// compare shows that the branch has the column and main has not.
func (d *demo) compare(ctx context.Context) error {
	return d.step("Look at both: main is untouched", "espalier migrate status --branch main; espalier migrate status --branch loyalty", func(out io.Writer) error {
		p, err := localbranch.Open(ctx, d.dir, localbranch.Config{})
		if err != nil {
			return err
		}
		defer p.Close()
		for _, name := range []string{"main", "loyalty"} {
			if err := d.cli(ctx, out, "migrate", "status", "--branch", name); err != nil {
				return err
			}
			cols, err := columns(ctx, p, name, "user_account")
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "%s: user_account has %s\n", name, strings.Join(cols, ", "))
			if has := strings.Contains(strings.Join(cols, " "), "loyalty_points"); has != (name == "loyalty") {
				return fmt.Errorf("branch %s: loyalty_points there: %t", name, has)
			}
		}
		return nil
	})
}

// marker tells when text has been written.
type marker struct {
	w    io.Writer
	text string
	seen strings.Builder
	done chan struct{}
	once sync.Once
}

func (m *marker) Write(p []byte) (int, error) {
	n, err := m.w.Write(p)
	m.seen.Write(p[:n])
	if strings.Contains(m.seen.String(), m.text) {
		m.once.Do(func() { close(m.done) })
	}
	return n, err
}
