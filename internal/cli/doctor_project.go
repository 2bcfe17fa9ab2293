package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/migration"
)

// projectChecks looks at the project in dir and at DATABASE_URL.
func (a *app) projectChecks(ctx context.Context, dir string) []check {
	checks := a.branchChecks(ctx, dir)
	checks = append(checks, a.atlasChecks(dir)...)
	return append(checks, a.databaseURLCheck(ctx))
}

func (a *app) branchChecks(ctx context.Context, dir string) []check {
	c := check{Name: "project", Status: checkOK, Detail: dir}
	var s localbranch.Status
	p, err := localbranch.Open(ctx, dir, localbranch.Config{Log: a.log()})
	if err == nil {
		s, err = p.Status(ctx)
		err = errors.Join(err, p.Close())
	}
	switch {
	case errors.Is(err, localbranch.ErrNoProject):
		c.Status, c.Detail, c.Hint = checkWarn, dir+" has no branches yet", "`espalier up` makes the first one"
		return []check{c}
	case err != nil:
		c.Status, c.Detail, c.Hint = checkFail, err.Error(), hintOf(err)
		return []check{c}
	}
	c.Detail = fmt.Sprintf("%s, Postgres %s, %d branches", dir, s.Version, len(s.Branches))
	checks := []check{c}
	for _, b := range s.Branches {
		if b.Default {
			checks = append(checks, portCheck(b))
		}
	}
	return checks
}

// portCheck tells whether the default branch can have its port.
func portCheck(b localbranch.BranchStatus) check {
	c := check{Name: "port", Status: checkOK, Detail: fmt.Sprintf("%d: %s runs there", b.Port, b.Name)}
	if b.Running {
		return c
	}
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(b.Port)))
	if err != nil {
		c.Status, c.Detail = checkFail, fmt.Sprintf("%d of %s is taken: %v", b.Port, b.Name, err)
		c.Hint = "stop the program that listens there, or give another one with `espalier up --port N`"
		return c
	}
	_ = l.Close()
	c.Detail = fmt.Sprintf("%d of %s is free", b.Port, b.Name)
	return c
}

func (a *app) atlasChecks(dir string) []check {
	c := check{Name: atlasFile, Status: checkOK}
	path := filepath.Join(dir, atlasFile)
	if ok, _ := exists(path); !ok {
		c.Status, c.Detail, c.Hint = checkWarn, "not found in "+dir, "the migrate verbs read their settings from it"
		return []check{c}
	}
	settings, err := migration.LoadProject(path, defaultEnv, nil)
	if err != nil {
		c.Status, c.Detail, c.Hint = checkFail, err.Error(), hintOf(err)
		return []check{c}
	}
	a.stderr.learn(settings.URL)
	a.stderr.learn(settings.DevURL)
	c.Detail = fmt.Sprintf("environment %s, migrations in %s", settings.Env, here(settings.Dir))
	m := check{Name: "migrations", Status: checkOK, Detail: "they match atlas.sum"}
	if files, err := migrationFiles(settings); err != nil {
		m.Status, m.Detail, m.Hint = checkWarn, err.Error(), hintOf(err)
	} else if err := migration.Validate(files); err != nil {
		m.Status, m.Detail, m.Hint = checkFail, err.Error(), hintOf(err)
	}
	return []check{c, m}
}

func (a *app) databaseURLCheck(ctx context.Context) check {
	c := check{Name: "DATABASE_URL", Status: checkOK, Detail: "not set: a local Postgres is used"}
	env := os.Getenv("DATABASE_URL")
	if env == "" {
		return c
	}
	a.stderr.learn(env)
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var version string
	err := a.withURL(env, c.Name, func(t target) error {
		c.Detail = t.Label
		conn, err := pgx.Connect(ctx, t.URL)
		if err != nil {
			return err
		}
		defer conn.Close(context.WithoutCancel(ctx))
		return conn.QueryRow(ctx, "SHOW server_version").Scan(&version)
	})
	if err != nil {
		c.Status, c.Detail, c.Hint = checkFail, err.Error(), hintOf(err)
		return c
	}
	c.Detail += ", Postgres " + version
	return c
}
