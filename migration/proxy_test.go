package migration_test

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/espalier-go/espalier/migration"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// proxy forwards connections to the server of a database, until cut.
type proxy struct {
	URL   string
	mu    sync.Mutex
	conns []net.Conn
}

func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	cfg, err := pgx.ParseConfig(target)
	require.NoError(t, err)
	network, addr := "tcp", net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))
	if filepath.IsAbs(cfg.Host) {
		network, addr = "unix", filepath.Join(cfg.Host, fmt.Sprintf(".s.PGSQL.%d", cfg.Port))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{}
	t.Cleanup(func() { l.Close(); p.cut() })
	u := url.URL{Scheme: "postgres", User: url.UserPassword(cfg.User, cfg.Password), Host: l.Addr().String(), Path: "/" + cfg.Database, RawQuery: "sslmode=disable"}
	p.URL = u.String()
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial(network, addr)
			if err != nil {
				client.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, client, server)
			p.mu.Unlock()
			go func() { io.Copy(server, client); server.Close() }()
			go func() { io.Copy(client, server); client.Close() }()
		}
	}()
	return p
}

// cut closes all connections without a word.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

// pgx through database/sql can run a statement twice whose connection was lost:
// one that returns no rows, has no arguments and is in no transaction. The
// sequence counts executions, whatever is rolled back.
func TestApplyConnectionCut(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"", none} {
		url := empty(t)
		run(t, url, "CREATE SCHEMA hand; CREATE SEQUENCE hand.runs")
		dir := folder(t, "1_a.sql", "CREATE TABLE a (id int);",
			"2_b.sql", mode+"CREATE TABLE b (id int);\nINSERT INTO b SELECT 1 FROM pg_sleep(CASE nextval('hand.runs') WHEN 1 THEN 600 ELSE 0 END);\nCREATE TABLE c (id int);")
		p := newProxy(t, url)
		done := make(chan error, 1)
		go func() {
			_, err := apply(t, p.URL, dir, nil)
			done <- err
		}()
		sleeping(t, url)
		p.cut()
		err := <-done
		var partial *migration.PartialError
		require.ErrorAs(t, err, &partial)
		require.Equal(t, "2_b.sql", partial.Failed.Name)
		require.Contains(t, hint(err), "connection was lost", "%#v: %v", partial.Err, err)
		require.Equal(t, []string{"1"}, texts(t, url, "SELECT last_value::text FROM hand.runs"), "run once")
		// The server notices that nobody waits for the statement.
		eventually(t, "the backend ends", func() bool {
			return len(texts(t, url, "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")) == 0
		})
		require.Equal(t, "2", status(t, url, dir).Next)
		_, err = apply(t, url, dir, nil)
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b", "c"}, tables(t, url))
		require.Equal(t, []string{"1"}, texts(t, url, "SELECT count(*)::text FROM b"))
	}
}
