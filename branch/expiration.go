package branch

import (
	"fmt"
	"time"
)

// MaxExpiration is how far off a branch's expiry may be: Neon's limit.
const MaxExpiration = 30 * 24 * time.Hour

// CheckExpiration reports whether a branch may expire at t when it is now: the
// zero time is never, any other lies in the future, at most MaxExpiration off.
func CheckExpiration(t, now time.Time) error {
	switch {
	case t.IsZero():
		return nil
	case !t.After(now):
		return fmt.Errorf("%w: %s is not in the future", ErrInvalidExpiration, t.UTC().Format(time.RFC3339))
	case t.Sub(now) > MaxExpiration:
		return fmt.Errorf("%w: %s is more than 30 days off", ErrInvalidExpiration, t.UTC().Format(time.RFC3339))
	}
	return nil
}
