package neon

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Mode says what stands between the client and Postgres.
type Mode int

const (
	// ModeAuto knows a pooled URL by the "-pooler" label of its host.
	ModeAuto Mode = iota
	// ModeDirect is a session of its own for each connection: statements are
	// prepared by name.
	ModeDirect
	// ModePooled is a transaction pooler such as PgBouncer: nothing outlives a
	// transaction, so statements stay unnamed.
	ModePooled
)

// The defaults of Config.
const (
	defaultMaxConns        = 10
	defaultMaxConnIdleTime = 2 * time.Minute
	defaultMaxConnLifetime = time.Hour
	defaultConnectTimeout  = 10 * time.Second
	defaultWakeBudget      = 20 * time.Second
	defaultStatementCache  = 256
	descriptionCache       = 1024
)

// Config adjusts Open. The zero value is right for a service on Neon.
type Config struct {
	// Mode says whether the URL leads to a transaction pooler. Defaults to
	// ModeAuto.
	Mode Mode

	// MaxConns is the most connections that are open at once. Defaults to
	// pool_max_conns of the URL, or 10: the smallest Neon compute has 97 for all
	// instances of an application together.
	MaxConns int

	// MaxConnIdleTime is how long an unused connection is kept. Defaults to
	// pool_max_conn_idle_time of the URL, or 2 minutes, which is less than the
	// 5 after which Neon suspends an idle compute. No connection is kept open
	// without use, because reconnecting would wake the compute for ever.
	MaxConnIdleTime time.Duration

	// MaxConnLifetime is how old a connection grows. Defaults to
	// pool_max_conn_lifetime of the URL, or 1 hour.
	MaxConnLifetime time.Duration

	// ConnectTimeout bounds one attempt to connect. Defaults to connect_timeout
	// of the URL, or 10 s.
	ConnectTimeout time.Duration

	// WakeBudget is how long connecting is tried again while a compute wakes,
	// for errors where IsRetryableConnect holds. The deadline of the context
	// ends it sooner. Defaults to 20 s; negative means one attempt only.
	WakeBudget time.Duration

	// StatementCache is how many statements each connection keeps prepared.
	// Defaults to 256; negative prepares none, as on a pooled URL.
	StatementCache int

	// AfterConnect prepares each new connection, for instance registers types.
	// Session settings made here do not survive a transaction pooler.
	AfterConnect func(context.Context, *pgx.Conn) error

	// ConfigurePool has the last word on the configuration of the pool. The
	// tracers of pgx see what goes through Driver.Pool and Driver.DB.
	ConfigurePool func(*pgxpool.Config)

	// Log receives retries and replaced connections at debug level, and traps of
	// the URL as warnings. Defaults to none.
	Log *slog.Logger
}

func (c *Config) withDefaults() Config {
	var out Config
	if c != nil {
		out = *c
	}
	if out.WakeBudget == 0 {
		out.WakeBudget = defaultWakeBudget
	}
	if out.StatementCache == 0 {
		out.StatementCache = defaultStatementCache
	}
	if out.Log == nil {
		out.Log = slog.New(slog.DiscardHandler)
	}
	return out
}

func (c *Config) validate() error {
	switch {
	case c.Mode < ModeAuto || c.Mode > ModePooled:
		return fmt.Errorf("neon: unknown mode %d", c.Mode)
	case c.MaxConns < 0:
		return fmt.Errorf("neon: MaxConns is negative: %d", c.MaxConns)
	case c.MaxConns > 1<<20:
		return fmt.Errorf("neon: MaxConns is too large: %d", c.MaxConns)
	case c.MaxConnIdleTime < 0, c.MaxConnLifetime < 0, c.ConnectTimeout < 0:
		return fmt.Errorf("neon: a duration of the configuration is negative")
	}
	return nil
}
