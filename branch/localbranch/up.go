package localbranch

import (
	"context"
	"errors"
	"fmt"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
	"golang.org/x/sync/errgroup"
)

// Up is Init, then wakes the default branch and keeps it running until Down.
func (p *Provider) Up(ctx context.Context) (branch.Branch, error) {
	if _, err := p.Init(ctx); err != nil {
		return branch.Branch{}, err
	}
	st, err := p.read()
	if err != nil {
		return branch.Branch{}, err
	}
	b, err := p.up(ctx, st.defaultBranch().ID)
	if err != nil {
		return branch.Branch{}, fail("start", st.defaultBranch().Name, err, "")
	}
	return b, nil
}

func (p *Provider) up(ctx context.Context, id string) (branch.Branch, error) {
	st, records, unlock, err := p.locked(ctx, "start", use{id, shared})
	if err != nil {
		return branch.Branch{}, err
	}
	defer unlock()
	srv, err := p.wake(ctx, st, records[0])
	if err != nil {
		return branch.Branch{}, err
	}
	if err := srv.Keep(ctx); err != nil {
		return branch.Branch{}, err
	}
	p.keepHistoryLater(ctx, records[0])
	p.keepSpareLater(ctx, id)
	return p.live(records[0]), nil
}

// Down stops the servers of all branches, whoever uses them, and returns the
// branches whose server ran. A branch that is being made or copied is
// waited for.
func (p *Provider) Down(ctx context.Context) ([]branch.Branch, error) {
	if err := p.update(ctx, func(*state) error { return nil }); err != nil {
		return nil, err
	}
	st, err := p.read()
	if err != nil {
		return nil, err
	}
	st.sort()
	ran := make([]bool, len(st.Branches))
	group, gctx := errgroup.WithContext(ctx)
	for i, r := range st.Branches {
		group.Go(func() error {
			var err error
			ran[i], err = p.down(gctx, r.ID)
			if err != nil && !errors.Is(err, branch.ErrNotFound) {
				return fail("stop", r.Name, err, "")
			}
			return nil
		})
	}
	err = group.Wait()
	stopped := []branch.Branch{}
	for i, r := range st.Branches {
		if ran[i] {
			stopped = append(stopped, r.Branch)
		}
	}
	return stopped, err
}

func (p *Provider) down(ctx context.Context, id string) (ran bool, err error) {
	_, records, unlock, err := p.locked(ctx, "stop", use{id, exclusive})
	if err != nil {
		return false, err
	}
	defer unlock()
	dir := p.clusterDir(records[0].Cluster)
	status, err := pglocal.Inspect(dir)
	if err != nil {
		return false, fmt.Errorf("look at its server: %w", err)
	}
	p.drop(records[0].Cluster)
	return status.Running, pglocal.Stop(ctx, dir)
}
