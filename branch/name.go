package branch

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxNameLen is the longest branch name, in bytes: Neon's limit.
const MaxNameLen = 256

// CheckName reports whether name can name a branch: 1 to 256 bytes of UTF-8
// without control characters or white space at its ends, and not the form of
// an id. Slashes are fine, so that git's branch names pass as they are.
func CheckName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: it is empty", ErrInvalidName)
	case len(name) > MaxNameLen:
		return fmt.Errorf("%w: %d bytes, at most %d", ErrInvalidName, len(name), MaxNameLen)
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: it is not UTF-8", ErrInvalidName)
	case strings.TrimSpace(name) != name:
		return fmt.Errorf("%w: %q has white space at an end", ErrInvalidName, name)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("%w: %q has control characters", ErrInvalidName, name)
	case strings.HasPrefix(name, "-"):
		return fmt.Errorf("%w: %q begins with a dash", ErrInvalidName, name)
	case IsID(name):
		return fmt.Errorf("%w: %q has the form of an id", ErrInvalidName, name)
	}
	return nil
}

// IsID tells whether s has the form of a branch id, br-<a>-<b>-<c>.
func IsID(s string) bool {
	rest, ok := strings.CutPrefix(s, "br-")
	if !ok {
		return false
	}
	parts := strings.Split(rest, "-")
	if len(parts) != 3 {
		return false
	}
	for _, p := range parts {
		if p == "" || strings.ContainsFunc(p, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
			return false
		}
	}
	return true
}
