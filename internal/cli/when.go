package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/espalier-go/espalier/branch"
)

// maxSpan keeps times within what RFC 3339 can write.
const maxSpan = 100 * 365 * 24 * time.Hour

// parsePoint reads --at: an LSN, a time, or how long ago ("10m", "2h ago").
func parsePoint(s string, now time.Time) (branch.Point, error) {
	s = strings.TrimSpace(s)
	if _, err := branch.ParseLSN(s); err == nil {
		return branch.Point{LSN: strings.ToUpper(s)}, nil
	}
	if d, err := parseSpan(strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(s, "-"), "ago"))); err == nil {
		return branch.Point{Time: now.Add(-d)}, nil
	}
	t, err := parseTime(s)
	if err != nil {
		return branch.Point{}, usagef("%q is neither a time (2026-01-31T15:04:05Z), nor how long ago (10m, 2h, 1d), nor an LSN (0/1A2B3C4)", s)
	}
	return branch.Point{Time: t}, nil
}

// parseExpiry reads when a branch expires: a time or how long from now ("7d").
// "never" gives the zero time.
func parseExpiry(s string, now time.Time) (time.Time, error) {
	s = strings.TrimSpace(s)
	if s == "never" {
		return time.Time{}, nil
	}
	if d, err := parseSpan(s); err == nil {
		if d == 0 {
			return time.Time{}, usagef("%q is over at once: give a longer time", s)
		}
		// Whole seconds, as in RFC 3339 and in Neon's API.
		return now.Add(d).Truncate(time.Second), nil
	}
	t, err := parseTime(s)
	if err != nil {
		return time.Time{}, usagef("%q is neither a time (2026-01-31T15:04:05Z), nor a span (90m, 12h, 7d, 2w), nor never", s)
	}
	if !t.After(now) {
		return time.Time{}, usagef("%q is in the past", s)
	}
	return t, nil
}

// parseTime reads a time; without a zone it is the local one.
func parseTime(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05",
		"2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("not a time: %q", s)
}

// parseSpan reads Go's durations and, beyond them, days (7d) and weeks (2w).
func parseSpan(s string) (time.Duration, error) {
	unit := time.Duration(0)
	switch {
	case strings.HasSuffix(s, "d"):
		unit = 24 * time.Hour
	case strings.HasSuffix(s, "w"):
		unit = 7 * 24 * time.Hour
	}
	d, err := time.Duration(0), error(nil)
	if unit > 0 {
		n, parseErr := strconv.ParseUint(s[:len(s)-1], 10, 16)
		d, err = time.Duration(n)*unit, parseErr
	} else {
		d, err = time.ParseDuration(s)
	}
	if err != nil || d < 0 || d > maxSpan {
		return 0, fmt.Errorf("not a span of time: %q", s)
	}
	return d, nil
}
