package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// usageError is a command line that cobra accepts and a verb doesn't.
type usageError struct{ msg string }

func (e *usageError) Error() string { return e.msg }

func usagef(format string, args ...any) error {
	return &usageError{msg: fmt.Sprintf(format, args...)}
}

// hintedError adds advice to an error.
type hintedError struct {
	err  error
	hint string
}

func (e *hintedError) Error() string { return e.err.Error() }
func (e *hintedError) Unwrap() error { return e.err }
func (e *hintedError) Hint() string  { return e.hint }

func withHint(err error, format string, args ...any) error {
	return &hintedError{err: err, hint: fmt.Sprintf(format, args...)}
}

// printError prints an error and the advice, if there is any.
func (a *app) printError(err error, hint string) {
	fmt.Fprintf(a.stderr, "espalier: %s %s\n", a.errOut.red("error:"), oneLine(err.Error()))
	if hint != "" {
		fmt.Fprintf(a.stderr, "espalier: %s %s\n", a.errOut.yellow("hint:"), hint)
	}
}

// oneLine joins the lines of a message and drops those that come again, as in
// an error of pgx that tried one address twice.
func oneLine(msg string) string {
	var lines []string
	for line := range strings.Lines(msg) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.ReplaceAll(strings.Join(lines, "; "), ":; ", ": ")
}

// usageHint is the advice for a wrong command line.
func usageHint(cmd *cobra.Command, err error) string {
	if h := ownHint(err); h != "" {
		return h
	}
	return fmt.Sprintf("see `%s --help`", cmd.CommandPath())
}

// ownHint returns the first advice that err or any error it wraps brings
// along. Unlike errors.As it goes on after one that has none to give.
func ownHint(err error) string {
	if err == nil {
		return ""
	}
	if h, ok := err.(interface{ Hint() string }); ok {
		if hint := h.Hint(); hint != "" {
			return hint
		}
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return ownHint(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			if hint := ownHint(err); hint != "" {
				return hint
			}
		}
	}
	return ""
}

// hintOf returns the advice err brings along, else what is known of its cause.
func hintOf(err error) string {
	if h := ownHint(err); h != "" {
		return h
	}
	return hintOfCause(err)
}
