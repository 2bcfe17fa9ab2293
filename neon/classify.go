package neon

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// connectClass is what to do about a failed attempt to connect.
type connectClass struct {
	retry bool
	// overload asks for a longer pause: the server is up and has no room.
	overload bool
	hint     string
}

// Neon's proxy reports everything that fails before the session is ready as
// XX000, so only the text tells the causes apart.
var connectMessages = []struct {
	text  string
	class connectClass
}{
	{"Control plane request failed", connectClass{retry: true, hint: "Neon is waking the compute or has an incident: try again"}},
	{"Couldn't connect to compute node", connectClass{retry: true, hint: "the compute did not wake in time: try again"}},
	{"endpoint is temporarily unavailable", connectClass{retry: true, overload: true, hint: "check the quotas of the Neon project"}},
	{"Too many connections attempts", connectClass{retry: true, overload: true, hint: "lower MaxConns or connect less often"}},
	{"Failed to acquire permit", connectClass{retry: true, overload: true, hint: "lower MaxConns or connect less often"}},
	{"Too many connections to this endpoint", connectClass{retry: true, overload: true, hint: "lower MaxConns or use the pooled URL"}},
	{"remaining connection slots are reserved", connectClass{retry: true, overload: true, hint: "lower MaxConns or use the pooled URL"}},
	{"no more connections allowed", connectClass{retry: true, overload: true, hint: "lower MaxConns: the pooler is full"}},
	{"endpoint cannot be found", connectClass{hint: "the branch or its endpoint was deleted, or the host is misspelt"}},
	{"endpoint could not be found", connectClass{hint: "the branch or its endpoint was deleted, or the host is misspelt"}},
	{"endpoint is disabled", connectClass{hint: "enable the endpoint in the Neon console"}},
	{"password authentication failed", connectClass{hint: "the password or the role of the URL is wrong"}},
	{"Endpoint ID is not specified", connectClass{hint: "the client sent no SNI: add options=endpoint%3D<endpoint id> to the URL"}},
}

func classifyConnect(err error) connectClass {
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		for _, m := range connectMessages {
			if strings.Contains(pgErr.Message, m.text) {
				return m.class
			}
		}
		switch pgErr.Code {
		case "57P03", "57P01", "57P02", "08006", "08003", "08001", "08004":
			return connectClass{retry: true, hint: "the server is starting or stopping: try again"}
		case "53300":
			return connectClass{retry: true, overload: true, hint: "lower MaxConns or use the pooled URL"}
		case "28P01", "28000":
			return connectClass{hint: "the password or the role of the URL is wrong"}
		case "3D000":
			return connectClass{hint: "the database of the URL does not exist"}
		}
		return connectClass{}
	}
	if errors.Is(err, context.Canceled) {
		return connectClass{}
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return connectClass{retry: dns.IsTemporary || dns.IsTimeout, hint: "the host name of the URL can't be resolved"}
	}
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOENT) {
		return connectClass{retry: true, hint: "no server listens there: is it started, are host and port right?"}
	}
	if isLost(err) {
		return connectClass{retry: true, hint: "the connection broke while it was made: try again"}
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return connectClass{retry: true, hint: "the server did not answer in time: check the network"}
	}
	return connectClass{}
}

// isLost tells whether the error is one of a network connection that ended.
func isLost(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED) ||
		errors.Is(err, pgconn.ErrConnClosed)
}

// IsRetryableConnect tells whether connecting may succeed soon: a compute that
// wakes or restarts, a full server. Nothing was sent when it holds, so any
// operation may be tried again. It is false for wrong passwords, unknown
// endpoints and hosts.
func IsRetryableConnect(err error) bool {
	if err == nil || !isConnectError(err) {
		return false
	}
	return classifyConnect(err).retry
}

// IsOverloaded tells whether the server had no room for one more connection:
// wait longer, or use fewer.
func IsOverloaded(err error) bool {
	return err != nil && classifyConnect(err).overload
}

func isConnectError(err error) bool {
	var ours *ConnectError
	var theirs *pgconn.ConnectError
	return errors.As(err, &ours) || errors.As(err, &theirs)
}

// IsSerialization tells whether a transaction lost against a concurrent one
// (SQLSTATE 40001): run the whole transaction again.
func IsSerialization(err error) bool { return sqlState(err) == "40001" }

// IsDeadlock tells whether the server broke a deadlock by this transaction
// (SQLSTATE 40P01): run the whole transaction again.
func IsDeadlock(err error) bool { return sqlState(err) == "40P01" }

// IsRetryableTx tells whether a whole transaction that failed with err may be
// run again, because it is certain that it left nothing behind: serialization
// failures, deadlocks, statements that a schema change has made stale,
// and connections lost or not made before COMMIT was sent.
func IsRetryableTx(err error) bool {
	if err == nil || IsUnknownCommit(err) {
		return false
	}
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		switch pgErr.Code {
		case "40001", "40P01", "57P01", "57P02":
			return true
		}
		if staleness(pgErr) == maxHeals {
			return true
		}
	}
	return IsConnectionLost(err) || IsRetryableConnect(err)
}

// IsConnectionLost tells whether the connection ended while it was in use: the
// compute was suspended or restarted, or the network failed.
func IsConnectionLost(err error) bool {
	switch sqlState(err) {
	case "57P01", "57P02", "57P03", "08006", "08003":
		return true
	case "":
		return err != nil && !isConnectError(err) && isLost(err)
	}
	return false
}

func sqlState(err error) string {
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		return pgErr.Code
	}
	return ""
}
