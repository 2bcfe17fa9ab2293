package pgbouncer

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/espalier-go/espalier/internal/pglocal"
)

// startTimeout bounds the start of one process.
const startTimeout = 20 * time.Second

// attempts is how many ports are tried: another process may take a free one
// before PgBouncer does.
const attempts = 5

// supervisor runs PgBouncer until its standard input ends, which it does with
// the process that holds the other end; then it removes the folder.
const supervisor = `dir=$1; shift; "$@" </dev/null & pid=$!; trap '' HUP INT PIPE TERM
cat >/dev/null; kill -KILL $pid; wait $pid; rm -rf "$dir"`

// Bouncer is a running PgBouncer. It is safe for concurrent use.
type Bouncer struct {
	install  Install
	port     int
	password string
	cmd      *exec.Cmd
	stdin    io.Closer
	log      *logBuffer
	close    func() error
}

// Start runs PgBouncer in front of the server of the URL, whose database does
// not matter: clients name one. What URL gives works until Close.
func Start(ctx context.Context, serverURL string, config *Config) (*Bouncer, error) {
	var cfg Config
	if config != nil {
		cfg = *config
	}
	cfg = cfg.withDefaults()
	if cfg.Install == nil {
		install, err := Find(ctx, "")
		if err != nil {
			return nil, err
		}
		cfg.Install = &install
	}
	t, err := parseTarget(serverURL)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for try := 1; ; try++ {
		b, err := start(ctx, cfg, t)
		if err == nil || try == attempts || ctx.Err() != nil {
			return b, err
		}
	}
}

func start(ctx context.Context, cfg Config, t target) (_ *Bouncer, err error) {
	b := &Bouncer{install: *cfg.Install, password: rand.Text(), log: &logBuffer{}}
	if b.port, err = freePort(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "espalier-pgbouncer-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	// As long as it is empty, for the proof that its user gets there.
	if err := os.Chmod(dir, 0o711); err != nil {
		return nil, err
	}
	id, err := pglocal.RunAs(dir, nil)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, err
	}
	if err := id.Command(ctx, b.install.Path, "--version").Run(); err != nil {
		return nil, fmt.Errorf("%s can't run %s: %w", id.Name, b.install.Path, err)
	}
	conf, err := b.configure(dir, id, cfg, t)
	if err != nil {
		return nil, err
	}
	// The context bounds the start, not the life.
	b.cmd = id.Command(context.WithoutCancel(ctx), "/bin/sh", "-c", supervisor, "sh", dir, b.install.Path, conf)
	// Ctrl-C in a terminal is for this process; PgBouncer ends after it.
	b.cmd.SysProcAttr.Setpgid = true
	b.cmd.Stdout, b.cmd.Stderr = b.log, b.log
	stdin, err := b.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	b.stdin = stdin
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start PgBouncer as %s: %w", id.Name, err)
	}
	b.close = sync.OnceValue(b.stop)
	if err := b.ready(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// configure writes what holds passwords into the private folder.
func (b *Bouncer) configure(dir string, id pglocal.Identity, cfg Config, t target) (string, error) {
	userlist, conf := filepath.Join(dir, "userlist.txt"), filepath.Join(dir, "pgbouncer.ini")
	text, err := ini(cfg, b.install.prepares(), t, b.port, userlist)
	if err != nil {
		return "", err
	}
	for path, content := range map[string]string{userlist: fmt.Sprintf("%q %q\n", user, b.password), conf: text} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return "", err
		}
		if err := id.Chown(path); err != nil {
			return "", err
		}
	}
	return conf, id.Chown(dir)
}

// ready waits until it listens.
func (b *Bouncer) ready(ctx context.Context) error {
	for {
		if text := b.log.String(); strings.Contains(text, "FATAL") {
			return fmt.Errorf("PgBouncer does not start: %s", lastLine(text))
		}
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", b.Address())
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("PgBouncer does not start: %w: %s", ctx.Err(), lastLine(b.log.String()))
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// URL leads a client through the pooler to a database of the server, which it
// enters as the user of the server's URL. It holds the pooler's password.
func (b *Bouncer) URL(database string) string { return clientURL(b.port, b.password, database) }

// Address is where it listens.
func (b *Bouncer) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(b.port)) }

// Install tells which program runs.
func (b *Bouncer) Install() Install { return b.install }

// Close ends it and cuts its clients off. A second Close does nothing.
func (b *Bouncer) Close() error { return b.close() }

func (b *Bouncer) stop() error {
	err := b.stdin.Close()
	var exit *exec.ExitError
	if werr := b.cmd.Wait(); werr != nil && !errors.As(werr, &exit) {
		err = errors.Join(err, werr)
	}
	return err
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// logBuffer keeps the beginning of what PgBouncer says.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

const maxLog = 64 << 10

// Write implements io.Writer.
func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buf.Len() < maxLog {
		l.buf.Write(p)
	}
	return len(p), nil
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
