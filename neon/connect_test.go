package neon_test

import (
	"context"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/neon"
)

// refuser answers start-ups with an error as Neon's proxy does, until its
// patience ends and it hangs up at once.
func refuser(t *testing.T, message string, times int) (port string, seen *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	seen = new(atomic.Int64)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if seen.Add(1) > int64(times) {
				_ = conn.Close()
				continue
			}
			backend := pgproto3.NewBackend(conn, conn)
			if _, err := backend.ReceiveStartupMessage(); err == nil {
				backend.Send(&pgproto3.ErrorResponse{Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: "XX000", Message: message})
				_ = backend.Flush()
			}
			_ = conn.Close()
		}
	}()
	_, port, err = net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port, seen
}

func TestConnectErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		message string
		once    bool
	}{
		{"password authentication failed for user 'sandy'", true},
		{"The requested endpoint could not be found, or you don't have access to it.", true},
		{"Control plane request failed", false},
	} {
		port, seen := refuser(t, c.message, 1000)
		drv, err := neon.Open(t.Context(), "postgres://sandy:topsecret@ep-a-b-1.localhost:"+port+"/db?sslmode=disable",
			&neon.Config{WakeBudget: time.Second})
		require.NoError(t, err)
		require.Equal(t, "ep-a-b-1", drv.URL().Endpoint)
		err = drv.Ping(t.Context())
		var failed *neon.ConnectError
		require.ErrorAs(t, err, &failed)
		require.NotContains(t, err.Error(), "topsecret")
		require.NotEmpty(t, failed.Hint())
		require.Equal(t, !c.once, neon.IsRetryableConnect(err))
		require.Equal(t, c.once, seen.Load() == 1, "%d attempts", seen.Load())
		require.EqualValues(t, failed.Attempts, seen.Load())
		// Both roads connect alike.
		err = drv.DB().PingContext(t.Context())
		require.ErrorAs(t, err, &failed)
		require.NoError(t, drv.Close())
	}
}

// TestWake: a compute that is not there yet is waited for, within the budget and
// the deadline of the context.
func TestWake(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	u, err := url.Parse(w.Proxy.URL)
	require.NoError(t, err)
	// A port that refuses until the proxy of the real server is behind it.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	asleep := l.Addr().String()
	require.NoError(t, l.Close())
	target := u.Host
	u.Host = asleep
	var dials atomic.Int64
	drv, err := neon.Open(t.Context(), u.String(), &neon.Config{ConfigurePool: func(pc *pgxpool.Config) {
		pc.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dials.Add(1) > 3 {
				addr = target
			}
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
	}})
	require.NoError(t, err)
	require.NoError(t, drv.Exec(t.Context(), "INSERT INTO user_account (name) VALUES ($1)", []any{"sandy"}, nil))
	require.EqualValues(t, 4, dials.Load())
	require.NoError(t, drv.Close())

	drv, err = neon.Open(t.Context(), u.String(), &neon.Config{WakeBudget: time.Hour})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	require.Error(t, drv.Ping(ctx))
	require.NoError(t, drv.Close())

	drv, err = neon.Open(t.Context(), u.String(), &neon.Config{WakeBudget: -1})
	require.NoError(t, err)
	var failed *neon.ConnectError
	require.ErrorAs(t, drv.Ping(t.Context()), &failed)
	require.Equal(t, 1, failed.Attempts)
	require.NoError(t, drv.Close())
}

func TestOpenConfig(t *testing.T) {
	t.Parallel()
	const base = "postgres://u:p@ep-a-b-1-pooler.localhost/db?sslmode=disable"
	open := func(url string, cfg *neon.Config) (*neon.Driver, *pgxpool.Config) {
		drv, err := neon.Open(t.Context(), url, cfg)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, drv.Close()) })
		return drv, drv.Pool().Config()
	}
	drv, pc := open(base, nil)
	require.True(t, drv.URL().Pooled)
	require.EqualValues(t, 10, pc.MaxConns)
	require.EqualValues(t, 0, pc.MinConns)
	require.Equal(t, 2*time.Minute, pc.MaxConnIdleTime)
	require.Equal(t, time.Hour, pc.MaxConnLifetime)
	require.Equal(t, 10*time.Second, pc.ConnConfig.ConnectTimeout)
	require.Equal(t, pgx.QueryExecModeCacheDescribe, pc.ConnConfig.DefaultQueryExecMode)
	drv, pc = open(base+"&pool_max_conns=3&pool_max_conn_idle_time=7s&connect_timeout=4", &neon.Config{Mode: neon.ModeDirect})
	require.False(t, drv.URL().Pooled)
	require.EqualValues(t, 3, pc.MaxConns)
	require.Equal(t, 7*time.Second, pc.MaxConnIdleTime)
	require.Equal(t, 4*time.Second, pc.ConnConfig.ConnectTimeout)
	require.Equal(t, pgx.QueryExecModeCacheStatement, pc.ConnConfig.DefaultQueryExecMode)
	_, pc = open(base, &neon.Config{MaxConns: 5, MaxConnIdleTime: time.Second, MaxConnLifetime: time.Minute, ConnectTimeout: time.Second})
	require.EqualValues(t, 5, pc.MaxConns)
	require.Equal(t, time.Second, pc.MaxConnIdleTime)
	require.Equal(t, time.Minute, pc.MaxConnLifetime)
	require.Equal(t, time.Second, pc.ConnConfig.ConnectTimeout)
	var pgErr *pgconn.PgError
	require.NotErrorAs(t, drv.Ping(canceled(t)), &pgErr)
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
