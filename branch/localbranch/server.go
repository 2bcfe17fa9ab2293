package localbranch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"

	"github.com/espalier-go/espalier/internal/pglocal"
)

// start starts the server of a cluster, or joins it.
func (p *Provider) start(ctx context.Context, major int, cluster string, port int) (*pglocal.Server, error) {
	return p.startWith(ctx, major, cluster, port, pglocal.Config{})
}

func (p *Provider) startWith(ctx context.Context, major int, cluster string, port int, cfg pglocal.Config) (*pglocal.Server, error) {
	install, err := p.postgres(ctx, major)
	if err != nil {
		return nil, err
	}
	settings := p.settings()
	maps.Copy(settings, cfg.Settings)
	cfg.Install, cfg.Port, cfg.Linger, cfg.Settings, cfg.Log = install, port, p.cfg.Linger, settings, p.cfg.Log
	return pglocal.Start(ctx, p.clusterDir(cluster), cfg)
}

// settings are what branches need beyond pglocal's durable defaults.
func (p *Provider) settings() map[string]string {
	s := map[string]string{
		// The slot keeps the history's log; this is where a single long load
		// can't fill the disk. keepHistory gives up the older half long before.
		"max_slot_wal_keep_size": fmt.Sprintf("%dMB", 10*max(p.cfg.MaxHistory>>20, 1)),
		// A branch can be copied before it has its slot: the log of the copy's
		// own time must still be there at its end.
		"wal_keep_size": "32MB",
		// Copied segments need no zeros, and each branch begins some.
		"wal_init_zero": "off",
	}
	if runtime.GOOS == "linux" {
		// A copy begins with a sync of all its files: one call in place of 1,000.
		s["recovery_init_sync_method"] = "syncfs"
	}
	return s
}

// startNew starts a cluster nobody has an address of yet: when the port was
// taken meanwhile, another one will do.
func (p *Provider) startNew(ctx context.Context, st *state, cluster string, port int, cfg pglocal.Config) (*pglocal.Server, error) {
	// Only a new copy has not reached the disk, and a start from it alone would
	// wait for that.
	cfg.SyncLater = true
	for try := 0; ; try++ {
		srv, err := p.startWith(ctx, st.Major, cluster, port, cfg)
		var taken *pglocal.PortTakenError
		if try < 3 && errors.As(err, &taken) {
			port = st.freePort()
			continue
		}
		return srv, err
	}
}

// wake starts a branch's server for as long as the provider is open, or, as
// Config.Keep says, until Down.
func (p *Provider) wake(ctx context.Context, st *state, r *record) (*pglocal.Server, error) {
	srv, err := p.start(ctx, st.Major, r.Cluster, r.Port)
	if err != nil {
		return nil, err
	}
	return srv, p.adopt(ctx, r.Cluster, srv)
}

// adopt holds a server that was started for a branch.
func (p *Provider) adopt(ctx context.Context, cluster string, srv *pglocal.Server) error {
	if p.cfg.Keep {
		if err := srv.Keep(ctx); err != nil {
			return errors.Join(err, srv.Close())
		}
	}
	return p.hold(cluster, srv)
}
