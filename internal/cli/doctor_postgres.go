package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/espalier-go/espalier/internal/pglocal"
)

// postgresChecks lists every set of binaries, the one that is used, and who it
// runs as.
func (a *app) postgresChecks(ctx context.Context, project string) []check {
	var checks []check
	for _, c := range pglocal.Candidates(ctx, pglocal.FindConfig{Log: a.log()}) {
		found := check{Name: "binaries", Status: checkOK, Detail: fmt.Sprintf("%s %s (%s)", c.Version, c.BinDir, c.Source)}
		if c.Err != nil {
			found.Status, found.Hint = checkWarn, ownHint(c.Err)
			found.Detail = fmt.Sprintf("%s (%s): %v", c.BinDir, c.Source, c.Err)
		}
		checks = append(checks, found)
	}
	install, err := pglocal.Find(ctx, pglocal.FindConfig{Log: a.log()})
	if err != nil {
		return append(checks, check{"postgres", checkFail, err.Error(), hintOf(err)})
	}
	checks = append(checks, check{Name: "postgres", Status: checkOK, Detail: fmt.Sprintf("%s in %s", install.Version, install.BinDir)})
	return append(checks, runAsCheck(filepath.Join(project, stateDir), install))
}

func runAsCheck(dir string, install *pglocal.Install) check {
	c := check{Name: "rights", Status: checkOK}
	id, err := pglocal.RunAs(dir, install)
	if err != nil {
		c.Status, c.Detail, c.Hint = checkFail, err.Error(), hintOf(err)
		return c
	}
	switch id.Mode {
	case pglocal.RunSelf:
		c.Detail = fmt.Sprintf("Postgres runs as this user (%s)", id.Name)
	case pglocal.RunUser:
		c.Detail = fmt.Sprintf("this is root: Postgres runs as %s", id.Name)
	case pglocal.RunNamespace:
		c.Detail = fmt.Sprintf("this is root: Postgres runs in a user namespace, there as %s", id.Name)
	}
	return c
}
