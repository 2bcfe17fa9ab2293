package seed

import "errors"

// What Run refuses. Test with errors.Is.
var (
	// ErrNotMigrated: a table or a column of the data set is missing.
	ErrNotMigrated = errors.New("the database is not migrated")
	// ErrConflict: another seed number, scale or version is in the tables.
	ErrConflict = errors.New("the database was seeded in another way")
	// ErrNotEmpty: a table holds rows that Run did not make.
	ErrNotEmpty = errors.New("a table holds rows that were not made by seed")
	// ErrReferenced: Reset would need to empty tables of others.
	ErrReferenced = errors.New("tables outside of the data set refer to it")
	// ErrOrder: a child stands before its parent in Dataset.Tables.
	ErrOrder = errors.New("a table stands before its parent")
	// ErrInvalidURL: the URL can't be parsed.
	ErrInvalidURL = errors.New("invalid database URL")
	// ErrPooledURL: the URL goes through a transaction pooler, where locks
	// don't hold.
	ErrPooledURL = errors.New("the URL is a pooled one")
	// ErrInterrupted: the context was canceled. What was sent is kept.
	ErrInterrupted = errors.New("interrupted")
	// ErrConnectionLost: the connection could not be made again.
	ErrConnectionLost = errors.New("the connection was lost")
)

// Error is why Run stopped.
type Error struct {
	// Err is one of the sentinels, or Postgres' error.
	Err error
	// Detail names what Err is about, or is empty.
	Detail string
	// Cause is what lies beneath Err, or nil.
	Cause error
	// Fix says what the user can do about it, or is empty.
	Fix string
}

// Error implements error.
func (e *Error) Error() string {
	s := e.Err.Error()
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns Err and Cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Cause}
}

// Hint returns what the user can do about it, or "".
func (e *Error) Hint() string { return e.Fix }

const (
	fixReset  = "to empty the data set's tables and start again, use --reset"
	fixResume = "run the same again: it goes on where it stopped"
)
