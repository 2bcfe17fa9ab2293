package neon

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5/pgxpool"

	neonsql "github.com/espalier-go/espalier/neon/dialect/sql"
)

// Driver is an ent dialect.Driver over a pool of native Postgres connections.
// It is safe for concurrent use. Besides what ent needs of a driver it has
// BeginTx, ExecContext and QueryContext, so that Client.BeginTx and the feature
// sql/execquery work.
type Driver struct {
	url        URL
	pool       *pgxpool.Pool
	pooled     bool
	maxConns   int
	cacheSize  int
	wakeBudget time.Duration
	varsKey    any
	log        *slog.Logger
	texts      *textCache
	bridge     bridge
	// namesLost counts the sessions that have lost their named statements.
	namesLost atomic.Int32

	dbOnce sync.Once
	db     *sql.DB
}

var _ dialect.Driver = (*Driver)(nil)

// Open checks the URL and makes a driver for it. It does not connect: the first
// statement does, or Ping. Host names below .localhost lead to the loopback
// address. A nil Config means its zero value.
func Open(ctx context.Context, url string, config *Config) (*Driver, error) {
	cfg := config.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	u, poolConfig, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	switch cfg.Mode {
	case ModeDirect:
		u.Pooled = false
	case ModePooled:
		u.Pooled = true
	}
	for _, name := range droppedParams(poolConfig) {
		cfg.Log.WarnContext(ctx, "neon: the URL sets a parameter that Neon's proxy ignores", "parameter", name)
	}
	configurePool(poolConfig, u, url, &cfg)
	pool, err := pgxpool.NewWithConfig(ctx, poolConfig)
	if err != nil {
		return nil, err
	}
	d := &Driver{
		url:        u,
		pool:       pool,
		pooled:     u.Pooled,
		maxConns:   int(pool.Config().MaxConns),
		cacheSize:  max(cfg.StatementCache, 0),
		wakeBudget: cfg.WakeBudget,
		log:        cfg.Log,
		texts:      newTextCache(descriptionCache),
		varsKey:    findVarsKey(),
	}
	if d.pooled {
		d.cacheSize = 0
	}
	return d, nil
}

// Dialect implements dialect.Driver. It equals dialect.Postgres; the generated
// client tells it from that of other drivers.
func (d *Driver) Dialect() string { return neonsql.NativeDialect() }

// URL says where the driver leads, without the password.
func (d *Driver) URL() URL { return d.url }

// Pool gives the connections themselves, for COPY, LISTEN and what else only
// pgx can do.
func (d *Driver) Pool() *pgxpool.Pool { return d.pool }

// Ping connects if need be, waking the compute, and makes one round trip.
func (d *Driver) Ping(ctx context.Context) error {
	return d.Exec(ctx, "SELECT 1", []any{}, nil)
}

// Close waits for statements and transactions under way, and closes all
// connections.
func (d *Driver) Close() error {
	err := errors.Join(d.bridge.close(), d.DB().Close())
	d.pool.Close()
	return err
}
