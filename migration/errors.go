package migration

import (
	"errors"
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
func (e *ChecksumError) Error() string { return "checksum mismatch: " + e.File + " " + e.Reason }

// PartialError says that Apply stopped at a statement.
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
func (e *PartialError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *PartialError) Unwrap() error { return e.Err }

// Hint returns what the user can do about it, or "".
func (e *PartialError) Hint() string { return "" }

// VerifyError says that Diff's new file would not lead to the desired state.
// Nothing was written.
type VerifyError struct {
	// SQL is the file that was planned.
	SQL string
	// Differences are what would still differ, one line each.
	Differences []string
	// Err is the failure of the replay, or nil.
	Err error
}

// Error implements error.
func (e *VerifyError) Error() string { return "the planned migration was not verified" }

// Unwrap returns the failure of the replay.
func (e *VerifyError) Unwrap() error { return e.Err }

// Hint returns what the user can do about it.
func (e *VerifyError) Hint() string { return "" }
