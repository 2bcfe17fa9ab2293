package localbranch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/espalier-go/espalier/internal/pglocal"
)

// Open returns the provider of the project in projectDir. It makes nothing and
// starts nothing: a folder without a project is fine until a method needs one.
func Open(ctx context.Context, projectDir string, cfg Config) (*Provider, error) {
	dir, err := filepath.Abs(projectDir)
	if err != nil {
		return nil, err
	}
	if cfg.Port < 0 || cfg.Port > 65535 {
		return nil, fmt.Errorf("port %d: not between 1 and 65535", cfg.Port)
	}
	if cfg.MaxHistory <= 0 {
		cfg.MaxHistory = 1 << 30
	}
	if cfg.Linger <= 0 {
		cfg.Linger = 2 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Provider{dir: filepath.Join(dir, StateDir), cfg: cfg, held: make(map[string]*pglocal.Server),
		closing: make(chan struct{}), patience: backgroundPatience}, nil
}

// Close waits for history being kept in the background and gives back the
// servers this provider woke. They stop Config.Linger after their last user
// unless they are kept.
func (p *Provider) Close() error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.closing)
	}
	p.mu.Unlock()
	p.background.Wait()
	p.mu.Lock()
	held := p.held
	p.held = make(map[string]*pglocal.Server)
	p.mu.Unlock()
	var errs []error
	for _, srv := range held {
		errs = append(errs, srv.Close())
	}
	return errors.Join(errs...)
}

var errClosed = errors.New("the provider is closed")

// hold keeps a use of the cluster's server for the life of the provider.
func (p *Provider) hold(cluster string, srv *pglocal.Server) error {
	p.mu.Lock()
	old := p.held[cluster]
	closed := p.closed
	if !closed {
		p.held[cluster] = srv
	}
	p.mu.Unlock()
	if closed {
		return errors.Join(errClosed, srv.Close())
	}
	if old != nil {
		return old.Close()
	}
	return nil
}

// drop gives the use of a cluster's server back, if there is one.
func (p *Provider) drop(cluster string) {
	p.mu.Lock()
	srv := p.held[cluster]
	delete(p.held, cluster)
	p.mu.Unlock()
	if srv != nil {
		if err := srv.Close(); err != nil {
			p.log().Debug("give a server back", "cluster", cluster, "err", err)
		}
	}
}

// goBackground runs work that Close waits for, unless the provider is closed.
// It waits until who caused it had its first queries, or closes the provider,
// and does one thing at a time.
func (p *Provider) goBackground(work func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.background.Go(func() {
		select {
		case <-p.closing:
		case <-time.After(p.patience):
		}
		p.turn.Lock()
		defer p.turn.Unlock()
		work()
	})
}

// backgroundPatience is ample for a connection and some queries.
const backgroundPatience = 300 * time.Millisecond

func (p *Provider) log() *slog.Logger { return p.cfg.Log }

// hook calls what a test put at a point of an operation.
func (p *Provider) hook(point string) {
	if p.at != nil {
		p.at(point)
	}
}

// postgres returns the binaries: those of the configuration, else the project's
// major version's, else, for a new project, the newest.
func (p *Provider) postgres(ctx context.Context, major int) (*pglocal.Install, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.install == nil {
		p.install = p.cfg.Install
	}
	if p.install == nil {
		found, err := pglocal.Find(ctx, pglocal.FindConfig{Major: major, Log: p.cfg.Log})
		if err != nil && major != 0 && ctx.Err() == nil {
			return nil, &VersionError{Project: major, Err: err}
		}
		if err != nil {
			return nil, err
		}
		p.install = found
	}
	if major != 0 && p.install.Major != major {
		return nil, &VersionError{Project: major, Found: p.install.Major}
	}
	return p.install, nil
}
