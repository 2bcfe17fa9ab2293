package seed_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/seed"
)

// proxy stands between the client and the server and breaks connections.
type proxy struct {
	url string
	// commits counts the COMMITs that came by.
	commits atomic.Int64
	// cut decides at each COMMIT: cutNot, cutBefore or cutAfter.
	cut func(n int64) int
}

const (
	cutNot    = iota
	cutBefore // the server never sees it
	cutAfter  // the client never sees the answer
)

func startProxy(t *testing.T, url string, cut func(n int64) int) *proxy {
	t.Helper()
	cc, err := pgx.ParseConfig(url)
	require.NoError(t, err)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	user := cc.User
	if cc.Password != "" {
		user += ":" + cc.Password
	}
	p := &proxy{url: fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", user, l.Addr(), cc.Database), cut: cut}
	network, address := pgconn.NetworkAddress(cc.Host, cc.Port)
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := (&net.Dialer{}).Dial(network, address)
			if err != nil {
				client.Close()
				return
			}
			go p.serve(client, server)
		}
	}()
	return p
}

func (p *proxy) serve(client, server net.Conn) {
	defer client.Close()
	defer server.Close()
	var mute atomic.Bool
	go func() {
		buf := make([]byte, 1<<16)
		for {
			n, err := server.Read(buf)
			if mute.Load() || err != nil {
				// The answer of the COMMIT is here: it is certain, and lost.
				client.Close()
				server.Close()
				return
			}
			if _, err := client.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 1<<16)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if bytes.HasPrefix(buf[:n], []byte("Q")) && strings.Contains(strings.ToLower(string(buf[:n])), "commit\x00") {
			switch p.cut(p.commits.Add(1)) {
			case cutBefore:
				return
			case cutAfter:
				mute.Store(true)
			}
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

func TestLostCommit(t *testing.T) {
	t.Parallel()
	cfg := seed.Config{Scale: 60, ChunkRows: 20}
	for name, kind := range map[string]int{"before": cutBefore, "after": cutAfter} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			p := startProxy(t, db.URL, func(n int64) int {
				if n%3 == 0 {
					return kind
				}
				return cutNot
			})
			res, err := seed.Run(t.Context(), p.url, family(), cfg)
			require.NoError(t, err)
			require.Positive(t, res.Reconnects)
			require.EqualValues(t, 180, res.Inserted)
			require.False(t, res.Resumed || res.AlreadyDone)
			require.Equal(t, want(t, cfg), content(t, db))
		})
	}
}

// A COMMIT whose answer is lost is still good: what counts is the record.
func TestLostCommitOfReset(t *testing.T) {
	t.Parallel()
	db := open(t)
	_, err := seed.Run(t.Context(), db.URL, family(), seed.Config{Scale: 10})
	require.NoError(t, err)
	p := startProxy(t, db.URL, func(n int64) int {
		if n == 1 {
			return cutAfter
		}
		return cutNot
	})
	res, err := seed.Run(t.Context(), p.url, family(), seed.Config{Scale: 20, Reset: true})
	require.NoError(t, err)
	require.Equal(t, 1, res.Reconnects)
	require.EqualValues(t, 60, res.Inserted)
	require.Equal(t, want(t, seed.Config{Scale: 20}), content(t, db))
}

func TestLostForGood(t *testing.T) {
	t.Parallel()
	db := open(t)
	p := startProxy(t, db.URL, func(n int64) int {
		if n <= 2 {
			return cutNot
		}
		return cutBefore
	})
	_, err := seed.Run(t.Context(), p.url, family(), seed.Config{Scale: 60, ChunkRows: 20, Retries: 2})
	require.ErrorIs(t, err, seed.ErrConnectionLost)
	require.ErrorContains(t, err, "40 of 180 rows are in")
	requireHint(t, err, "goes on where it stopped")
	require.EqualValues(t, 5, p.commits.Load(), "two that went through, one that failed, two retries")
	res, err := seed.Run(t.Context(), db.URL, family(), seed.Config{Scale: 60})
	require.NoError(t, err)
	require.True(t, res.Resumed)
	require.EqualValues(t, 140, res.Inserted)
}

func TestKilledBackend(t *testing.T) {
	t.Parallel()
	db, cfg := open(t), seed.Config{Scale: 60, ChunkRows: 20}
	kills := 0
	cfg.Progress = func(p seed.Progress) {
		if p.Reconnecting > 0 || kills >= 3 || p.Rows < int64(40*(kills+1)) {
			return
		}
		kills++
		_, err := db.Pool().Exec(context.Background(), `select pg_terminate_backend(pid) from pg_stat_activity
			where datname = current_database() and application_name = 'seed'`)
		if err != nil {
			t.Error(err)
		}
	}
	res, err := seed.Run(t.Context(), db.URL, family(), cfg)
	require.NoError(t, err)
	require.Equal(t, 3, res.Reconnects)
	cfg.Progress = nil
	require.Equal(t, want(t, cfg), content(t, db))
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	_, err := seed.Run(t.Context(), "postgres://u:secret@127.0.0.1:1/db?sslmode=disable", family(), seed.Config{})
	require.ErrorContains(t, err, "failed to connect")
	require.NotErrorIs(t, err, seed.ErrConnectionLost, "it is not tried again")
	require.NotContains(t, err.Error(), "secret")
}
