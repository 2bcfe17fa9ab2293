package neontest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/espalier-go/espalier/internal/pglocal"
)

const (
	testPrefix     = "espalier_test_"
	keptPrefix     = "espalier_kept_"
	templatePrefix = "espalier_tpl_"
)

// keepTime is how long the embedded server outlives the tests with
// ESPALIER_KEEP=1.
const keepTime = time.Hour

// server is the Postgres that this process makes its databases on.
type server struct {
	adminURL string
	admin    *pgxpool.Pool
	// run names this process in the names of its databases. The process holds
	// runKey(run) as an advisory lock while it lives, which is how others tell
	// its databases from those of a dead one, on whatever host it ran.
	run      string
	seq      atomic.Int64
	strategy string

	mu        sync.Mutex
	templates map[string]*template
}

var (
	processMu     sync.Mutex
	processServer *server
	// processUse is given back by the process's end; were it garbage, its lock
	// would be closed and the server would stop under the tests.
	processUse *pglocal.SharedServer
)

// The parsers' errors quote pieces of the URL, and maybe its password.
var errURL = errors.New("the connection string can't be parsed")

// currentServer returns the process's server and connects at the first call.
// A failure isn't kept: the next test tries again.
func currentServer(ctx context.Context) (*server, error) {
	processMu.Lock()
	defer processMu.Unlock()
	if processServer != nil {
		return processServer, nil
	}
	url, err := adminURL(ctx)
	if err != nil {
		return nil, err
	}
	processServer, err = connect(ctx, url)
	return processServer, err
}

func adminURL(ctx context.Context) (string, error) {
	cfg := pglocal.SharedConfig{}
	if os.Getenv("ESPALIER_KEEP") == "1" {
		cfg.Linger = keepTime
	}
	if processUse == nil {
		use, err := pglocal.Shared(ctx, cfg)
		if err != nil {
			return "", err
		}
		processUse = use
	}
	return direct(processUse.AdminURL()), nil
}

func connect(ctx context.Context, url string) (_ *server, err error) {
	pc, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errURL
	}
	pc.MaxConns = 8
	pc.MaxConnIdleTime = 10 * time.Second
	pc.ConnConfig.RuntimeParams["application_name"] = "neontest"
	s := &server{adminURL: url, run: strings.ToLower(rand.Text()[:10]), templates: map[string]*template{}}
	if s.admin, err = pgxpool.NewWithConfig(ctx, pc); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.admin.Close()
		}
	}()
	alive, err := s.announce(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to the test server: %w", err)
	}
	// A copy of the files costs two checkpoints: cheap where nothing is
	// synced, dear on a durable server.
	var fsync string
	var version int
	if err = alive.QueryRow(ctx, "select current_setting('fsync'), current_setting('server_version_num')::int").
		Scan(&fsync, &version); err != nil {
		return nil, err
	}
	if version >= 150000 {
		s.strategy = " strategy wal_log"
		if fsync == "off" {
			s.strategy = " strategy file_copy"
		}
	}
	go s.stay(alive)
	go s.sweep()
	return s, nil
}

// announce takes the lock that says that this process lives.
func (s *server) announce(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, s.adminURL)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "select pg_advisory_lock_shared($1)", runKey(s.run)); err != nil {
		conn.Close(ctx)
		return nil, err
	}
	return conn, nil
}

// stay holds the lock until the process ends, also where the connection is cut
// for being idle.
func (s *server) stay(alive *pgx.Conn) {
	ctx := context.Background()
	for range time.Tick(30 * time.Second) {
		if alive != nil && alive.Ping(ctx) == nil {
			continue
		}
		if alive != nil {
			alive.Close(ctx)
		}
		alive, _ = s.announce(ctx)
	}
}

// databaseURL connects to another database of the server.
func (s *server) databaseURL(name string) string {
	url, _ := pglocal.WithDatabase(s.adminURL, name) // connect has parsed it
	return url
}

// clone makes a database for a test and returns its name.
func (s *server) clone(ctx context.Context, template string) (string, error) {
	name := fmt.Sprintf("%s%s_%d", testPrefix, s.run, s.seq.Add(1))
	return name, s.create(ctx, name, template)
}

func (s *server) create(ctx context.Context, name, template string) error {
	for {
		_, err := s.admin.Exec(ctx, "create database "+quote(name)+" template "+quote(template)+s.strategy)
		// Whoever migrated the template may be about to leave it.
		if hasCode(err, "55006") && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return fmt.Errorf("create database %s: %w", name, err)
		}
		return nil
	}
}

// drop sends the order and doesn't wait for the answer: the server waits up to
// 100 ms for each backend that is just closing. The order is with the server
// when drop returns, so it is carried out even where the process ends now.
func (s *server) drop(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
	conn, err := s.admin.Acquire(ctx)
	if err != nil {
		cancel()
		return fmt.Errorf("drop database %s: %w", name, err)
	}
	answer := conn.Conn().PgConn().Exec(ctx, "drop database if exists "+quote(name)+" with (force)")
	go func() {
		defer cancel()
		defer conn.Release()
		// Nobody is left to tell: what isn't dropped is swept by the next run.
		_ = answer.Close()
	}()
	return nil
}

// keep takes the database out of what is dropped and returns its URL.
func (s *server) keep(name string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
	defer cancel()
	kept := keptPrefix + strings.TrimPrefix(name, testPrefix)
	for {
		_, err := s.admin.Exec(ctx, "alter database "+quote(name)+" rename to "+quote(kept))
		if hasCode(err, "55006") && ctx.Err() == nil {
			continue
		}
		return s.databaseURL(kept), err
	}
}

// runKey is the advisory lock of a process that makes test databases.
func runKey(run string) int64 { return lockKey("neontest run " + run) }

func lockKey(s string) int64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return int64(h.Sum64())
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

func hasCode(err error, code string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == code
}

// isGone tells whether a template wasn't there when it was to be cloned.
func isGone(err error) bool { return hasCode(err, "3D000") }
