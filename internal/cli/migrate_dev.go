package cli

import (
	"context"
	"errors"
	"os"

	"github.com/espalier-go/espalier/internal/pglocal"
	"github.com/espalier-go/espalier/migration"
)

// withDev gets a server for throw-away databases for the time of work: that of
// "dev" in atlas.hcl, else that of DATABASE_URL, else one on this machine.
func (a *app) withDev(ctx context.Context, settings *migration.Project, work func(migration.Dev) error) error {
	if settings.DevURL != "" {
		return work(migration.OnServer(settings.DevURL))
	}
	a.stderr.learn(os.Getenv("DATABASE_URL"))
	server, err := pglocal.Shared(ctx, pglocal.SharedConfig{Log: a.log()})
	if err != nil {
		return err
	}
	return errors.Join(work(migration.OnServer(server.AdminURL())), server.Close())
}
