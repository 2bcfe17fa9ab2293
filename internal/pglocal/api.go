package pglocal

import (
	"context"
	"errors"
)

// Find returns the newest usable binaries, in this order: installed ones, those npm
// gives, and, where allowed, the system's package. Its error has a Hint.
func Find(ctx context.Context, cfg FindConfig) (*Install, error) { return nil, errors.ErrUnsupported }

// Candidates lists every place that has binaries, usable or not, best first.
func Candidates(ctx context.Context, cfg FindConfig) []Candidate { return nil }

// CacheDir is where fetched binaries, templates and the shared server live:
// $ESPALIER_CACHE, else /var/cache/espalier for root, else espalier in the
// user's cache directory. It isn't made.
func CacheDir() (string, error) { return "", errors.ErrUnsupported }

// RunAs tells who the server of the cluster in dir will run as: the owner of dir/data
// when there is one, else who Start would make it for. It changes nothing.
func RunAs(dir string, install *Install) (Identity, error) { return Identity{}, errors.ErrUnsupported }

// Chown gives path (itself, not what it holds) to the identity. It does nothing
// unless this process is root.
func (id Identity) Chown(path string) error { return errors.ErrUnsupported }

// Server is a use of a running server.
type Server struct{}

// Start starts the server of the cluster in dir, or joins the one that runs,
// and holds one use of it until Close. dir/data is made from the cached
// template when absent. It returns when the server accepts connections
// (during a recovery: read-only ones).
func Start(ctx context.Context, dir string, cfg Config) (*Server, error) { return nil, errors.ErrUnsupported }

// Close gives the use back. The keeper stops the server Linger after the last one.
func (s *Server) Close() error { return nil }

// Keep lets the server stay without users until Stop.
func (s *Server) Keep(ctx context.Context) error { return errors.ErrUnsupported }

// AdminConnString is a URL for database as the superuser cloud_admin over the
// unix socket. It holds no password: the socket's folder is only this user's.
func (s *Server) AdminConnString(database string) string { return "" }

// Port is the loopback TCP port. Roles need a password there (scram-sha-256).
func (s *Server) Port() int { return 0 }

// SocketDir is the folder of the unix socket.
func (s *Server) SocketDir() string { return "" }

// DataDir is the data directory.
func (s *Server) DataDir() string { return "" }

// Install tells the binaries the server runs.
func (s *Server) Install() Install { return Install{} }

// Identity tells who the server runs as.
func (s *Server) Identity() Identity { return Identity{} }

// Stop stops the server of dir, whoever uses it, and waits until it is gone.
// It returns nil when none runs.
func Stop(ctx context.Context, dir string) error { return errors.ErrUnsupported }

// Inspect tells about the cluster in dir without asking its server and
// without changing anything.
func Inspect(dir string) (Status, error) { return Status{}, errors.ErrUnsupported }

// CopyTree copies the folder src to dst, which must not exist, in parallel
// and by reflink where the file system can. It does not sync.
func CopyTree(ctx context.Context, src, dst string, opts CopyOptions) (Copied, error) {
	return Copied{}, errors.ErrUnsupported
}

// ProbeReflink tells whether files in dir can be cloned without copying their data.
func ProbeReflink(dir string) bool { return false }

// SharedServer is a use of the server that Shared gives.
type SharedServer struct{}

// Shared gives the one server that all test packages and dev databases of this
// user share, or the one of $DATABASE_URL where that is set.
func Shared(ctx context.Context, cfg SharedConfig) (*SharedServer, error) { return nil, errors.ErrUnsupported }

// Close gives the use back.
func (s *SharedServer) Close() error { return nil }

// AdminURL connects as a role that may create databases. It may hold a
// password when it comes from $DATABASE_URL.
func (s *SharedServer) AdminURL() string { return "" }

// CreateDatabase makes a database on the server of adminURL.
func CreateDatabase(ctx context.Context, adminURL string, opts DatabaseOptions) (Database, error) {
	return Database{}, errors.ErrUnsupported
}

// DropDatabase drops the database and ends its connections. It returns nil
// when there is none of that name.
func DropDatabase(ctx context.Context, adminURL, name string) error { return errors.ErrUnsupported }

// PortTakenError says that another program listens on a cluster's port.
type PortTakenError struct{ Port int }

// Error implements error.
func (e *PortTakenError) Error() string { return "" }
