package neon

import (
	"errors"
	"fmt"
	"time"
)

// UnknownCommitError says that the connection was lost, or given up because the
// context ended, before the server answered a COMMIT or a write outside a
// transaction: the write happened once or not at all, and was not repeated.
// Unwrap gives the cause.
type UnknownCommitError struct {
	// Op is what was under way: "commit" or "statement".
	Op  string
	Err error
}

func (e *UnknownCommitError) Error() string {
	return fmt.Sprintf("neon: the outcome of the %s is unknown: %v", e.Op, e.Err)
}

func (e *UnknownCommitError) Unwrap() error { return e.Err }

// Hint says what to do about it.
func (e *UnknownCommitError) Hint() string {
	return "look whether the write is there before repeating it"
}

// IsUnknownCommit tells whether a write may or may not have been committed.
func IsUnknownCommit(err error) bool {
	var e *UnknownCommitError
	return errors.As(err, &e)
}

// ConnectError says that no connection could be made, after all attempts that
// the wake budget allows. Its text holds no password.
type ConnectError struct {
	Host     string
	Attempts int
	Elapsed  time.Duration
	Err      error
}

func (e *ConnectError) Error() string {
	if e.Attempts == 1 {
		return fmt.Sprintf("neon: connect to %s: %v", e.Host, e.Err)
	}
	return fmt.Sprintf("neon: connect to %s: %d attempts in %s: %v", e.Host, e.Attempts, e.Elapsed.Round(time.Millisecond), e.Err)
}

func (e *ConnectError) Unwrap() error { return e.Err }

// Hint says what to do about it.
func (e *ConnectError) Hint() string {
	if hint := classifyConnect(e.Err).hint; hint != "" {
		return hint
	}
	return "check the host, the port and the network"
}
