package pglocal

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// Config says how Start runs a server. Its zero value works. What a server
// that already runs was started with stays as it is.
type Config struct {
	// Install are the binaries. Defaults to Find, with the major version of
	// the data directory when there is one.
	Install *Install
	// Port is the loopback TCP port. Defaults to the one the directory
	// remembers, else to a free one from 20000 to 31999, remembered from then on.
	Port int
	// Ephemeral is for throw-away data: fsync is off and the data is dropped
	// when the last user leaves. Defaults to durable settings.
	Ephemeral bool
	// Linger is how long the server outlives its last user. Defaults to 2 s;
	// less than 0 means not at all.
	Linger time.Duration
	// Settings are further settings of postgresql.conf by name. They win over
	// the package's own; port, listen_addresses and the places of files and
	// sockets can't be set.
	Settings map[string]string
	// Fill makes the data directory where there is none, while the process that
	// will look after the server starts. Defaults to a copy of the template.
	Fill func(ctx context.Context, data string) error
	// RunAs is who the server runs as where there is no data directory.
	// Defaults to what RunAs finds.
	RunAs *Identity
	// SyncLater is for data that was just copied and has not reached the disk:
	// the server starts with fsync off, and the keeper syncs the file system and
	// turns fsync on right after, while the server is in use. Until then a crash
	// of the system (not of a process) can damage the copy. Defaults to a start
	// that waits for the disk.
	SyncLater bool
	// CacheDir holds templates and binaries. Defaults to CacheDir().
	CacheDir string
	// Log receives what takes long. Defaults to a logger that discards.
	Log *slog.Logger

	// volatileDir is where an ephemeral server's data goes, in place of dir.
	volatileDir func(need uint64) string
}

const defaultLinger = 2 * time.Second

func (c Config) withDefaults() Config {
	switch {
	case c.Linger == 0:
		c.Linger = defaultLinger
	case c.Linger < 0:
		c.Linger = 0
	}
	c.Log = orDiscard(c.Log)
	return c
}

// Server is a use of a running server. It is safe for concurrent use.
type Server struct {
	cluster cluster
	state   state
	mu      sync.Mutex
	use     *fileLock
}

// Dir returns the cluster's folder, for Inspect and Stop.
func (s *Server) Dir() string { return s.cluster.dir }

// Close gives the use back. The keeper stops the server Linger after the last
// one. A second Close does nothing.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.use == nil {
		return nil
	}
	err := s.use.Close()
	s.use = nil
	return err
}

// Keep lets the server stay without users until Stop.
func (s *Server) Keep(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.use == nil {
		return fmt.Errorf("keep: the server of %s was closed", s.cluster.dir)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return writeOwned(s.cluster.path("kept"), []byte(strconv.Itoa(s.state.KeeperPID)+"\n"), nil)
}

// AdminConnString is a URL for database as the superuser cloud_admin over the
// unix socket. It holds no password: the socket's folder is only this user's.
func (s *Server) AdminConnString(database string) string {
	q := url.Values{"host": {s.state.SocketDir}, "port": {strconv.Itoa(s.state.Port)}, "sslmode": {"disable"}}
	return "postgres://" + Superuser + "@/" + url.PathEscape(database) + "?" + q.Encode()
}

// Port is the loopback TCP port. Roles need a password there (scram-sha-256).
func (s *Server) Port() int { return s.state.Port }

// SocketDir is the folder of the unix socket.
func (s *Server) SocketDir() string { return s.state.SocketDir }

// DataDir is the data directory.
func (s *Server) DataDir() string { return s.state.DataDir }

// Install tells the binaries the server runs.
func (s *Server) Install() Install { return s.state.Install }

// Identity tells who the server runs as.
func (s *Server) Identity() Identity { return s.state.Identity }
