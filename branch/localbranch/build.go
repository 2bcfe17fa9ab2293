package localbranch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
)

// origin is the point of the source a copy stands for.
type origin struct {
	LSN  string
	Time time.Time
}

// build makes the cluster dst as the state of source at a point, starts its
// server on port, or another one when that is taken. The caller holds the
// locks of both, and removes dst where build fails.
func (p *Provider) build(ctx context.Context, st *state, source *record, at branch.Point, dst string, port int) (*pglocal.Server, origin, error) {
	src, err := p.start(ctx, st.Major, source.Cluster, source.Port)
	if err != nil {
		return nil, origin{}, fmt.Errorf("wake %s: %w", source.Name, err)
	}
	defer src.Close()
	if err := p.makeCluster(dst, src.Identity()); err != nil {
		return nil, origin{}, err
	}
	if at.IsHead() {
		return p.buildHead(ctx, st, src, source, dst, port)
	}
	return p.buildAt(ctx, st, src, source, at, dst, port)
}

func (p *Provider) makeCluster(cluster string, owner pglocal.Identity) error {
	dir := p.clusterDir(cluster)
	return errors.Join(os.Mkdir(dir, 0o700), owner.Chown(dir))
}

func (p *Provider) buildHead(ctx context.Context, st *state, src *pglocal.Server, source *record, dst string, port int) (*pglocal.Server, origin, error) {
	var s snapshot
	var failed error
	// The copy is made while the process that keeps its server starts.
	owner := src.Identity()
	srv, err := p.startNew(ctx, st, dst, port, pglocal.Config{RunAs: &owner, Fill: func(ctx context.Context, data string) error {
		s, failed = p.backup(ctx, src, target{data, p.takeSpare(source.Cluster, data)})
		p.hook("build:copied")
		return failed
	}})
	if failed != nil {
		return nil, origin{}, failed
	}
	if err != nil {
		return nil, origin{}, err
	}
	p.hook("build:started")
	return srv, origin{s.StopLSN, s.Time}, nil
}

func (p *Provider) buildAt(ctx context.Context, st *state, src *pglocal.Server, source *record, at branch.Point, dst string, port int) (*pglocal.Server, origin, error) {
	// No base goes away while it is recovered from.
	unlock, err := takeLocks(ctx, wanted{p.historyLock(source.Cluster), shared})
	if err != nil {
		return nil, origin{}, err
	}
	defer unlock()
	settings, err := p.prepareRecovery(ctx, src, source, at, dst)
	if err != nil {
		return nil, origin{}, err
	}
	p.hook("build:copied")
	srv, err := p.startNew(ctx, st, dst, port, pglocal.Config{Settings: settings})
	if err != nil {
		return nil, origin{}, fmt.Errorf("recover to %s: %w", at, err)
	}
	p.hook("build:started")
	lsn, when, err := p.awaitPromotion(ctx, srv, dst)
	if err != nil {
		return nil, origin{}, errors.Join(fmt.Errorf("recover to %s: %w", at, err), srv.Close())
	}
	if err := p.rotate(ctx, srv, dst); err != nil {
		return nil, origin{}, errors.Join(err, srv.Close())
	}
	if !at.Time.IsZero() {
		when = utc(at.Time)
	}
	return srv, origin{lsn, when}, nil
}
