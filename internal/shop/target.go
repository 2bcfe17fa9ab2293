package shop

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch/localbranch"
)

// withTarget finds the database, wakes it where it is a branch, and calls work
// with its direct URL.
func (a *app) withTarget(ctx context.Context, work func(url string) error) error {
	conn := a.url
	if conn == "" && a.branch == "" {
		conn = os.Getenv("DATABASE_URL")
	}
	if conn != "" {
		to, pooled := direct(conn)
		if pooled {
			a.err.note("this URL is pooled; using the direct one, without -pooler")
		}
		return work(to)
	}
	dir, err := projectDir(a.project)
	if err != nil {
		return err
	}
	p, err := localbranch.Open(ctx, dir, localbranch.Config{})
	if err != nil {
		return err
	}
	err = a.withBranch(ctx, p, work)
	return errors.Join(err, p.Close())
}

func (a *app) withBranch(ctx context.Context, p *localbranch.Provider, work func(url string) error) error {
	name := a.branch
	if name == "" {
		list, err := p.List(ctx)
		if err != nil {
			return err
		}
		for _, b := range list {
			if b.Default {
				name = b.Name
			}
		}
	}
	endpoint, err := p.Endpoint(ctx, name)
	if err != nil {
		return err
	}
	return work(endpoint.URL)
}

// direct takes the pooler out of a URL of Neon's.
func direct(conn string) (to string, pooled bool) {
	u, err := url.Parse(conn)
	if err != nil || u.Host == "" {
		return conn, false
	}
	label, rest, _ := strings.Cut(u.Host, ".")
	endpoint, pooled := strings.CutSuffix(label, "-pooler")
	if !pooled {
		return conn, false
	}
	u.Host = endpoint + "." + rest
	return u.String(), true
}

// projectDir returns the project's folder as the espalier command finds it.
func projectDir(flag string) (string, error) {
	if flag == "" {
		flag = os.Getenv("ESPALIER_PROJECT")
	}
	if flag != "" {
		if _, err := os.Stat(flag); err != nil {
			return "", err
		}
		return filepath.Abs(flag)
	}
	cwd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for _, names := range [][]string{{"atlas.hcl", localbranch.StateDir}, {".git"}} {
		for dir := cwd; ; dir = filepath.Dir(dir) {
			for _, name := range names {
				if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
					return dir, err
				}
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return cwd, nil
}

// completeBranch offers the names of the project's branches.
func (a *app) completeBranch(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	dir, err := projectDir(a.project)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	p, err := localbranch.Open(cmd.Context(), dir, localbranch.Config{})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	defer p.Close()
	list, err := p.List(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, b := range list {
		names = append(names, b.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
