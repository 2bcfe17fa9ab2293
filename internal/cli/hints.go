package cli

import (
	"errors"
	"net"
	"os"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/espalier-go/espalier/branch"
)

// hintOfCause is the advice for errors of Postgres and the system, which
// bring none along.
func hintOfCause(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		if h := hintsOfCode[pg.Code]; h != "" {
			return h
		}
		return pg.Hint
	}
	var dns *net.DNSError
	switch {
	case errors.Is(err, branch.ErrInvalidName):
		return "give 1 to 256 letters, digits and signs, such as feature/login"
	case errors.Is(err, branch.ErrInvalidExpiration):
		return "give a time within the next 30 days or a span such as 7d; `never` takes it away"
	case errors.Is(err, branch.ErrInvalidPoint):
		return "give a time, how long ago (10m), or an LSN (0/1A2B3C4)"
	case errors.Is(err, branch.ErrProtected):
		return "`espalier branch protect BRANCH --off` takes the guard away; that of the default branch stays"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "no Postgres listens there: start it, or check the host and port (`espalier status` shows those of this project)"
	case errors.As(err, &dns):
		return "check the host name in the URL"
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full: free some space and run the command again"
	case errors.Is(err, os.ErrPermission):
		return "check who owns the folder and its rights; `espalier doctor` shows which user Postgres runs as"
	}
	return ""
}

// hintsOfCode holds the SQLSTATEs a user meets at a command line.
var hintsOfCode = map[string]string{
	"28P01": "the user name or password is wrong: check the URL (`espalier url BRANCH` prints that of a local branch)",
	"28000": "the server refuses this user: check the URL and the server's pg_hba.conf",
	"3D000": "check the database name at the end of the URL",
	"53100": "the disk of the database is full: free some space and run the command again",
	"53200": "the server is out of memory: free some, or use a larger compute",
	"53300": "the server has no free connections: close some, or raise max_connections",
	"55P03": "another session holds a lock on the table: wait for it to end and run the command again",
	"57P03": "the server is starting or stopping: try again in a moment",
	"42501": "the role has not the right to do this: connect as the owner of the table",
	"25006": "the server is read-only: use the URL of the primary compute",
}
