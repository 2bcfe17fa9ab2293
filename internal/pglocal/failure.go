package pglocal

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
)

// PortTakenError says that another program listens on a cluster's port.
type PortTakenError struct{ Port int }

// Error implements error.
func (e *PortTakenError) Error() string {
	return fmt.Sprintf("port %d on 127.0.0.1 is taken by another program", e.Port)
}

// Hint says what to do about it.
func (e *PortTakenError) Hint() string {
	return fmt.Sprintf("stop the program that listens on port %d (ss -ltnp shows it), or choose another port", e.Port)
}

// VersionError says that a data directory is another major version's.
type VersionError struct {
	Dir         string
	Data, Found int
}

// Error implements error.
func (e *VersionError) Error() string {
	return fmt.Sprintf("the data in %s is of Postgres %d, the binaries are of %d", e.Dir, e.Data, e.Found)
}

// Hint says what to do about it.
func (e *VersionError) Hint() string {
	return fmt.Sprintf("use Postgres %d (ESPALIER_PG_MAJOR=%d), or remove the folder to begin anew", e.Data, e.Data)
}

// StartError says that Postgres or initdb didn't start.
type StartError struct {
	Reason string
	// Log are the last lines it wrote.
	Log  []string
	hint string
}

// Error implements error.
func (e *StartError) Error() string {
	if len(e.Log) == 0 {
		return e.Reason
	}
	return e.Reason + "; its last lines:\n\t" + strings.Join(e.Log, "\n\t")
}

// Hint says what to do about it; it may be empty.
func (e *StartError) Hint() string { return e.hint }

var bindFailed = regexp.MustCompile(`could not bind (?:IPv4|IPv6) address`)

// startFailure reads Postgres' log for what went wrong.
func startFailure(reason string, log []string, port int, dir string) error {
	text := strings.Join(log, "\n")
	if bindFailed.MatchString(text) && strings.Contains(text, "already in use") {
		return &PortTakenError{Port: port}
	}
	if m := regexp.MustCompile(`initialized by PostgreSQL version (\d+).*not compatible with this version (\d+)`).FindStringSubmatch(text); m != nil {
		e := &VersionError{Dir: dir}
		_, _ = fmt.Sscan(m[1], &e.Data)
		_, _ = fmt.Sscan(m[2], &e.Found)
		return e
	}
	return newStartError(reason, log)
}

func newStartError(reason string, log []string) *StartError {
	e := &StartError{Reason: reason, Log: log}
	text := reason + "\n" + strings.Join(log, "\n")
	switch {
	case strings.Contains(text, "No space left on device"):
		e.hint = "the disk is full: free some space and start again; committed data is not lost"
	case strings.Contains(strings.ToLower(text), "permission denied"):
		e.hint = "check who owns the cluster's folder and those above it"
	case strings.Contains(text, "could not resize shared memory") || strings.Contains(text, "could not create shared memory"):
		e.hint = "the system gives too little shared memory: raise it (in a container: --shm-size=256m)"
	case strings.Contains(text, "operation not permitted"):
		e.hint = "the kernel allows root no user namespaces here: move the project to a folder that every user can enter, or run this as an ordinary user"
	case strings.Contains(text, "incompatible with server"):
		e.hint = "use the version of Postgres that made the data directory"
	case strings.Contains(text, "could not load library") || strings.Contains(text, "error while loading shared libraries"):
		e.hint = "these binaries don't fit this system: install its own package of Postgres"
	}
	return e
}

// diskHint adds the hint for a full disk to errors of this process.
func diskHint(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return withHint(err, "the disk is full: free some space and start again; committed data is not lost")
	case errors.Is(err, os.ErrPermission):
		return withHint(err, "check who owns the cluster's folder and those above it")
	}
	return err
}

// logTail is the last lines of a log, each of a readable length.
func logTail(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, fmt.Sprintf("%.300s", line))
		}
	}
	return lines[max(0, len(lines)-12):]
}
