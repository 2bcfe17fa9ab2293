package migration

import (
	"errors"
	"fmt"
	"strings"
)

// What the verbs refuse. Test with errors.Is. Each error that has advice for
// the user has a method Hint() string.
var (
	// ErrInvalidName: a migration name has other characters than letters,
	// digits, _ and -.
	ErrInvalidName = errors.New("invalid migration name")
	// ErrPooledURL: the URL goes through a transaction pooler.
	ErrPooledURL = errors.New("the URL is a pooled one")
	// ErrLocked: another applier held the lock for longer than Wait.
	ErrLocked = errors.New("another migration is running in this database")
	// ErrNotClean: the first migration would run in a database with tables.
	ErrNotClean = errors.New("the database has tables but no revisions")
	// ErrNotFound: the directory has no file of the version that was asked for.
	ErrNotFound = errors.New("migration not found")
	// ErrOutOfOrder: a file sorts before one that was applied already.
	ErrOutOfOrder = errors.New("migration file added out of order")
	// ErrHistoryChanged: statements that a failed attempt has run were edited.
	ErrHistoryChanged = errors.New("statements that have run already were edited")
	// ErrTxControl: a file begins or ends transactions itself.
	ErrTxControl = errors.New("the file controls transactions itself")
)

// ChecksumError says that a migration directory and its atlas.sum differ.
type ChecksumError struct {
	// File is the first file that differs, or atlas.sum itself.
	File string
	// Reason is "edited", "added", "removed", "missing" or "malformed"; the
	// last two are about atlas.sum.
	Reason string
	// Line is the line in atlas.sum, from 1, or 0.
	Line int
}

// Error implements error.
func (e *ChecksumError) Error() string {
	switch e.Reason {
	case "missing":
		return "the migration directory has no " + e.File
	case "malformed":
		return e.File + " is malformed: its first line doesn't fit the others"
	case "removed":
		return fmt.Sprintf("checksum mismatch: %s was removed or renamed (%s line %d)", e.File, sumFile, e.Line)
	case "added":
		return fmt.Sprintf("checksum mismatch: %s was added, it is not in %s", e.File, sumFile)
	}
	return fmt.Sprintf("checksum mismatch: %s was %s (%s line %d)", e.File, e.Reason, sumFile, e.Line)
}

// Hint returns what the user can do about it.
func (e *ChecksumError) Hint() string {
	switch e.Reason {
	case "edited", "removed":
		return "restore the file if it is applied anywhere; if the change is meant, run `espalier migrate hash`"
	}
	return "look through the files, then run `espalier migrate hash`"
}

// PartialError says that Apply stopped in a file.
type PartialError struct {
	// Applied are the files that were finished and stay applied.
	Applied []AppliedFile
	// Failed is the file that wasn't.
	Failed File
	// Stmt is the statement that failed, Line the line of the failure in the
	// file, from 1. They are empty when it was not a statement that failed.
	Stmt string
	Line int
	// RolledBack tells that nothing of Failed is left in the database.
	RolledBack bool
	// Err is the cause; a *pgconn.PgError where Postgres reported it.
	Err error
}

// Error implements error.
func (e *PartialError) Error() string {
	where := e.Failed.Name
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", where, e.Line)
	}
	return fmt.Sprintf("%s: %v", where, e.Err)
}

// Unwrap returns the cause.
func (e *PartialError) Unwrap() error { return e.Err }

// Hint returns what the user can do about it, or "".
func (e *PartialError) Hint() string {
	var inner interface{ Hint() string }
	if errors.As(e.Err, &inner) && inner.Hint() != "" {
		return inner.Hint()
	}
	state := sqlState(e.Err)
	if state == "" && lost(e.Err) {
		state = "08006"
	}
	hint := sqlHint(state, e.Stmt)
	if e.Stmt != "" && !e.RolledBack {
		if hint != "" {
			hint += "; "
		}
		hint += "the statements before it stay applied, and the next apply goes on at this one"
	}
	return hint
}

// VerifyError says that Diff's new file would not lead to the desired state.
// Nothing was written.
type VerifyError struct {
	// SQL is the file that was planned, empty when there was nothing to plan.
	SQL string
	// Differences are what would still differ, one line each.
	Differences []string
	// Err is the failure of the replay, or nil.
	Err error
}

// Error implements error.
func (e *VerifyError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("the planned migration fails on a fresh database: %v", e.Err)
	}
	return "the planned migration doesn't lead to the desired state: " + strings.Join(e.Differences, "; ")
}

// Unwrap returns the failure of the replay.
func (e *VerifyError) Unwrap() error { return e.Err }

// Hint returns what the user can do about it.
func (e *VerifyError) Hint() string {
	if sqlState(e.Err) == "2BP01" {
		return "a view or another object made by hand depends on it: drop it in a file of its own (`espalier migrate new`) before, and make it again after"
	}
	return "write this change by hand: `espalier migrate new NAME`, edit the file, `espalier migrate hash`"
}
