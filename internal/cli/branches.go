package cli

import (
	"context"
	"errors"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/pglocal"
)

// withBranches opens the project's branches for the time of work.
func (a *app) withBranches(ctx context.Context, work func(*localbranch.Provider) error) error {
	return a.withProvider(ctx, localbranch.Config{}, work)
}

// withProvider is withBranches with options. It gives back what work woke,
// also when work failed.
func (a *app) withProvider(ctx context.Context, cfg localbranch.Config, work func(*localbranch.Provider) error) (err error) {
	dir, err := a.projectDir()
	if err != nil {
		return err
	}
	cfg.Log = a.log()
	p, err := localbranch.Open(ctx, dir, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	err = work(p)
	if errors.Is(err, localbranch.ErrNoProject) {
		return withHint(err, "`espalier up` makes one there, with the branch main; --project names another folder")
	}
	var taken *pglocal.PortTakenError
	if errors.As(err, &taken) {
		return withHint(err, "stop the program that listens on port %d (`ss -ltnp` shows it), or choose another port with `espalier up --port N`", taken.Port)
	}
	return err
}

// defaultBranch returns the branch that is meant when none is named.
func defaultBranch(ctx context.Context, p branch.Provider) (branch.Branch, error) {
	all, err := p.List(ctx)
	if err != nil {
		return branch.Branch{}, err
	}
	for _, b := range all {
		if b.Default {
			return b, nil
		}
	}
	return branch.Branch{}, withHint(errors.New("the project has no default branch"), "name one with --branch")
}
