package pglocal

// hinted adds advice for the user to an error.
type hinted struct {
	error
	hint string
}

func withHint(err error, hint string) error { return &hinted{err, hint} }

// Hint says what to do about the error.
func (e *hinted) Hint() string { return e.hint }

// Unwrap implements errors.Unwrap.
func (e *hinted) Unwrap() error { return e.error }
