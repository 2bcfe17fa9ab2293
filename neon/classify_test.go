package neon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

func TestClassifyConnect(t *testing.T) {
	t.Parallel()
	pg := func(code, message string) error {
		return &pgconn.PgError{Severity: "FATAL", Code: code, Message: message}
	}
	for _, c := range []struct {
		err             error
		retry, overload bool
	}{
		{pg("XX000", "Control plane request failed"), true, false},
		{pg("XX000", "Couldn't connect to compute node"), true, false},
		{pg("XX000", "ERROR: The requested endpoint could not be found, or you don't have access to it."), false, false},
		{pg("XX000", "endpoint is disabled"), false, false},
		{pg("XX000", "endpoint is temporarily unavailable. Check your quotas and/or contact our support"), true, true},
		{pg("XX000", "Too many connections attempts"), true, true},
		{pg("XX000", "Failed to acquire permit to connect to the database. Too many database connection attempts are currently ongoing."), true, true},
		{pg("XX000", "remaining connection slots are reserved for roles with the SUPERUSER attribute"), true, true},
		{pg("08P01", "no more connections allowed (max_client_conn)"), true, true},
		{pg("XX000", "password authentication failed for user 'sandy'"), false, false},
		{pg("XX000", "Endpoint ID is not specified. Either please upgrade the postgres client library (libpq) for SNI support"), false, false},
		{pg("57P03", "the database system is starting up"), true, false},
		{pg("53300", "sorry, too many clients already"), true, true},
		{pg("28P01", "password authentication failed for user"), false, false},
		{pg("3D000", `database "x" does not exist`), false, false},
		{pg("42501", "permission denied"), false, false},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, true, false},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENOENT)}, true, false},
		{&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, true, false},
		{io.ErrUnexpectedEOF, true, false},
		{context.Canceled, false, false},
		{context.DeadlineExceeded, true, false},
		{&net.DNSError{Err: "no such host", IsNotFound: true}, false, false},
		{&net.DNSError{Err: "server misbehaving", IsTemporary: true}, true, false},
		{errors.New("tls: bad certificate"), false, false},
	} {
		got := classifyConnect(fmt.Errorf("wrapped: %w", c.err))
		require.Equal(t, c.retry, got.retry, "%v", c.err)
		require.Equal(t, c.overload, got.overload, "%v", c.err)
		err := &ConnectError{Host: "h", Attempts: 1, Err: c.err}
		require.Equal(t, c.retry, IsRetryableConnect(err), "%v", c.err)
		require.Equal(t, c.overload, IsOverloaded(err), "%v", c.err)
		if c.retry {
			require.NotEmpty(t, err.Hint(), "%v", c.err)
		}
	}
	require.False(t, IsRetryableConnect(nil))
	require.False(t, IsRetryableConnect(io.ErrUnexpectedEOF), "not an error of connecting")
}

func TestPredicates(t *testing.T) {
	t.Parallel()
	state := func(code string) error {
		return fmt.Errorf("ent: %w", &pgconn.PgError{Severity: "ERROR", Code: code})
	}
	require.True(t, IsSerialization(state("40001")))
	require.True(t, IsDeadlock(state("40P01")))
	require.True(t, IsConnectionLost(state("57P01")))
	require.True(t, IsConnectionLost(io.ErrUnexpectedEOF))
	require.False(t, IsConnectionLost(state("23505")))
	require.False(t, IsConnectionLost(nil))
	for _, code := range []string{"40001", "40P01", "57P01"} {
		require.True(t, IsRetryableTx(state(code)))
		require.False(t, IsRetryableTx(&UnknownCommitError{Op: "commit", Err: state(code)}))
	}
	require.False(t, IsRetryableTx(state("23505")))
	require.False(t, IsRetryableTx(nil))
	unknown := fmt.Errorf("wrapped: %w", &UnknownCommitError{Op: "commit", Err: io.EOF})
	require.True(t, IsUnknownCommit(unknown))
	require.False(t, IsUnknownCommit(io.EOF))
	require.ErrorIs(t, unknown, io.EOF)
	require.ErrorContains(t, unknown, "the outcome of the commit is unknown")
}
