package neon

import (
	"context"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// quietFor is the idle time below which a connection is taken without a look.
const quietFor = time.Millisecond

func configurePool(pc *pgxpool.Config, u URL, raw string, cfg *Config) {
	conn := pc.ConnConfig
	set := func(name string) bool { return strings.Contains(raw, name) }
	if cfg.MaxConns > 0 {
		pc.MaxConns = int32(cfg.MaxConns)
	} else if !set("pool_max_conns") {
		pc.MaxConns = defaultMaxConns
	}
	if cfg.MaxConnIdleTime > 0 {
		pc.MaxConnIdleTime = cfg.MaxConnIdleTime
	} else if !set("pool_max_conn_idle_time") {
		pc.MaxConnIdleTime = defaultMaxConnIdleTime
	}
	if cfg.MaxConnLifetime > 0 {
		pc.MaxConnLifetime = cfg.MaxConnLifetime
	} else if !set("pool_max_conn_lifetime") {
		pc.MaxConnLifetime = defaultMaxConnLifetime
	}
	if pc.MaxConnLifetimeJitter == 0 {
		pc.MaxConnLifetimeJitter = pc.MaxConnLifetime / 10
	}
	if cfg.ConnectTimeout > 0 {
		conn.ConnectTimeout = cfg.ConnectTimeout
	} else if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = defaultConnectTimeout
	}
	if u.Pooled {
		// For Driver.DB and Driver.Pool; the driver itself never names statements here.
		conn.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	conn.LookupFunc = lookupLoopback(conn.LookupFunc)
	pc.ShouldPing = func(_ context.Context, p pgxpool.ShouldPingParams) bool {
		pg := p.Conn.PgConn()
		// What came together with the last answer has been read already.
		return pg.Frontend().ReadBufferLen() > 0 || p.IdleDuration > quietFor && !quiet(pg.Conn())
	}
	pc.AfterConnect = cfg.AfterConnect
	if cfg.ConfigurePool != nil {
		cfg.ConfigurePool(pc)
	}
}

// lookupLoopback resolves names below .localhost itself: glibc, Go and the
// systems' resolvers do not agree on them.
func lookupLoopback(next func(context.Context, string) ([]string, error)) func(context.Context, string) ([]string, error) {
	return func(ctx context.Context, host string) ([]string, error) {
		name := strings.ToLower(strings.TrimSuffix(host, "."))
		if strings.HasSuffix(name, ".localhost") {
			return []string{"127.0.0.1", "::1"}, nil
		}
		return next(ctx, host)
	}
}

// netConn finds the socket below a TLS connection.
func netConn(c net.Conn) net.Conn {
	for {
		inner, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			return c
		}
		c = inner.NetConn()
	}
}
