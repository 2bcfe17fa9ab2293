package branch

import (
	"errors"
	"strconv"
)

// What a Provider refuses. Test with errors.Is; the error itself names the
// branch.
var (
	ErrNotFound     = errors.New("branch not found")
	ErrExists       = errors.New("branch already exists")
	ErrProtected    = errors.New("branch is protected")
	ErrRoot         = errors.New("branch is the root of the project")
	ErrHasChildren  = errors.New("branch has children")
	ErrOutOfHistory = errors.New("point is outside the branch's history")
	ErrInvalidName  = errors.New("invalid branch name")
	// ErrInvalidPoint: a time and an LSN at once, none where one is needed, or
	// an LSN that is none.
	ErrInvalidPoint = errors.New("invalid point")
	// ErrInvalidExpiration: in the past, too far off, or on a branch that can't
	// have one.
	ErrInvalidExpiration = errors.New("invalid expiration")
)

// Error is what went wrong with one branch.
type Error struct {
	// Op is the operation, in lower case: "create", "reset", ….
	Op string
	// Branch is the name or id that was asked for.
	Branch string
	// Err is the cause, one of the sentinels where one fits.
	Err error
	// Fix says what the user can do about it, or is empty.
	Fix string
}

// Error implements error. It is one line, whatever was asked for.
func (e *Error) Error() string {
	name := e.Branch
	if CheckName(name) != nil && !IsID(name) {
		name = strconv.Quote(name)
	}
	return e.Op + " branch " + name + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint returns what the user can do about it: Fix, else the cause's hint, else
// "". The command line prints the hint of the first error in a chain that has
// one.
func (e *Error) Hint() string {
	var cause interface{ Hint() string }
	if e.Fix == "" && errors.As(e.Err, &cause) {
		return cause.Hint()
	}
	return e.Fix
}
