package neonapi

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	firstPause = 200 * time.Millisecond
	maxPause   = 10 * time.Second
)

// retryAfter tells whether a request may be sent again, and when. What Neon
// refused (423, 429, 503) was not begun, so any method may; after anything else
// that went wrong only what changes nothing may.
func retryAfter(method string, err error, try int) (time.Duration, bool) {
	pause := min(firstPause<<min(try, 10), maxPause)
	// Half of it at random, so that clients refused together don't return together.
	pause = pause/2 + rand.N(pause/2+1)
	var api *Error
	if errors.As(err, &api) {
		switch {
		case api.refusedForNow():
			return max(pause, api.retryAfter), true
		case api.Status >= 500 && reads(method):
			return pause, try < 3
		}
		return 0, false
	}
	var network *NetworkError
	return pause, errors.As(err, &network) && network.passing() && reads(method) && try < 3
}

func reads(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// parseRetryAfter reads the header: seconds, or a date.
func parseRetryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(max(0, min(seconds, 3600))) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, min(at.Sub(now), time.Hour))
	}
	return 0
}
