package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/espalier-go/espalier/internal/pglocal"
)

// postgresChecks lists every set of binaries, the one that is used, and who it
// runs as.
func (a *app) postgresChecks(ctx context.Context, project string) []check {
	var checks []check
	candidates := pglocal.Candidates(ctx, pglocal.FindConfig{Log: a.log()})
	for _, c := range candidates {
		found := check{Name: "binaries", Status: checkOK, Detail: fmt.Sprintf("%s %s (%s)", c.Version, c.BinDir, c.Source)}
		if c.Err != nil {
			found.Status, found.Hint = checkWarn, ownHint(c.Err)
			found.Detail = fmt.Sprintf("%s (%s): %v", c.BinDir, c.Source, c.Err)
		}
		checks = append(checks, found)
	}
	major, err := strconv.Atoi(cmp.Or(os.Getenv("ESPALIER_PG_MAJOR"), "0"))
	if err == nil && !slices.ContainsFunc(candidates, func(c pglocal.Candidate) bool {
		return c.Err == nil && (major == 0 || c.Major == major)
	}) {
		return append(checks, notInstalled(&pglocal.NotFoundError{Major: major, Tried: candidates}))
	}
	// With a usable candidate, or a wrong variable, Find fetches nothing.
	install, err := pglocal.Find(ctx, pglocal.FindConfig{Log: a.log()})
	if err != nil {
		return append(checks, check{"postgres", checkFail, err.Error(), hintOf(err)})
	}
	checks = append(checks, check{Name: "postgres", Status: checkOK, Detail: fmt.Sprintf("%s in %s", install.Version, install.BinDir)})
	return append(checks, runAsCheck(filepath.Join(project, stateDir), install))
}

// notInstalled fails where npm can't help either.
func notInstalled(missing *pglocal.NotFoundError) check {
	if _, err := exec.LookPath("npm"); err == nil {
		return check{"postgres", checkWarn, missing.Error(), "the first start fetches it with npm; or run `" + missing.Hint() + "`"}
	}
	return check{"postgres", checkFail, missing.Error(), missing.Hint()}
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
