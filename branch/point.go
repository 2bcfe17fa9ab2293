package branch

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Point is a moment of a branch's history: a time, an LSN, or, as its zero
// value, the head. At most one may be set. The state at a point holds what was
// committed at that time or before, or whose commit ends at or before the LSN.
type Point struct {
	Time time.Time
	LSN  string
}

// IsHead tells whether the point is the newest state.
func (p Point) IsHead() bool { return p.Time.IsZero() && p.LSN == "" }

// String is RFC 3339, the LSN, or "head".
func (p Point) String() string {
	switch {
	case p.LSN != "":
		return p.LSN
	case !p.Time.IsZero():
		return p.Time.UTC().Format(time.RFC3339Nano)
	}
	return "head"
}

// Check reports whether the point can be one: not both a time and an LSN, and
// an LSN that parses.
func (p Point) Check() error {
	if p.LSN == "" {
		return nil
	}
	if !p.Time.IsZero() {
		return fmt.Errorf("%w: a time and an LSN at once", ErrInvalidPoint)
	}
	_, err := ParseLSN(p.LSN)
	return err
}

// ParsePoint reads a point as people write it: an RFC 3339 time
// (2026-03-01T12:00:00Z), an LSN (0/16B3748), or "head".
func ParsePoint(s string) (Point, error) {
	if s == "head" {
		return Point{}, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		if t.IsZero() {
			return Point{}, fmt.Errorf("%w: %q", ErrInvalidPoint, s)
		}
		return Point{Time: t}, nil
	}
	if _, err := ParseLSN(s); err == nil {
		return Point{LSN: s}, nil
	}
	return Point{}, fmt.Errorf("%w: %q is neither an RFC 3339 time, an LSN nor head", ErrInvalidPoint, s)
}

// ParseLSN reads a Postgres log sequence number, two hexadecimal halves as in
// 0/16B3748. It accepts what Postgres's pg_lsn type accepts.
func ParseLSN(s string) (uint64, error) {
	bad := fmt.Errorf("%w: %q is not an LSN", ErrInvalidPoint, s)
	hi, lo, ok := strings.Cut(s, "/")
	if !ok || !isHex(hi) || !isHex(lo) {
		return 0, bad
	}
	h, err := strconv.ParseUint(hi, 16, 32)
	if err != nil {
		return 0, bad
	}
	l, err := strconv.ParseUint(lo, 16, 32)
	if err != nil {
		return 0, bad
	}
	return h<<32 | l, nil
}

// FormatLSN is the opposite of ParseLSN.
func FormatLSN(lsn uint64) string { return fmt.Sprintf("%X/%X", lsn>>32, uint32(lsn)) }

func isHex(s string) bool {
	return s != "" && len(s) <= 8 && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}
