package neonapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// Error is an answer of the API other than 2xx.
type Error struct {
	Method, Path string
	// Status is the HTTP status.
	Status int
	// Code is Neon's own, often empty: "BRANCHES_LIMIT_EXCEEDED".
	Code string
	// Message is Neon's.
	Message string
	// RequestID is what Neon's support asks for.
	RequestID string

	retryAfter time.Duration
}

// Error implements error, in one line.
func (e *Error) Error() string {
	text := strings.Join(strings.Fields(e.Message), " ")
	if text == "" {
		text = strings.ToLower(http.StatusText(e.Status))
	}
	if e.Code != "" {
		text += " (" + e.Code + ")"
	}
	out := fmt.Sprintf("neon api: %s %s: %d: %.500s", e.Method, e.Path, e.Status, text)
	if e.RequestID != "" {
		out += ", request " + e.RequestID
	}
	return out
}

// Hint says what to do about it.
func (e *Error) Hint() string {
	switch {
	case e.Status == http.StatusUnauthorized:
		return "the API key is wrong, expired or revoked: make one in Neon's console under Account settings, API keys, and set NEON_API_KEY"
	case e.Status == http.StatusForbidden:
		return "the API key has no right to this project: use a key of its owner or organization"
	case e.Status == http.StatusNotFound && strings.Contains(e.Message, "project"):
		return "check the project id: NEON_PROJECT_ID, or projectId in the file .neon"
	case e.Status == http.StatusTooManyRequests:
		return "Neon takes 700 requests a minute: wait a moment and try again"
	case e.Status == http.StatusLocked:
		return "another operation of the project is under way: try again when it has ended"
	case strings.HasSuffix(e.Code, "_LIMIT_EXCEEDED"):
		return "the plan's limit is reached: delete what is not needed (`espalier branch prune`), or give branches an expiry"
	case e.Status >= 500:
		return "Neon has a problem: https://neonstatus.com says more"
	}
	return ""
}

func (e *Error) refusedForNow() bool {
	return e.Status == http.StatusLocked || e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable
}

// KeyError says that there is no API key that could be sent.
type KeyError struct{}

// Error implements error.
func (*KeyError) Error() string {
	return "the API key of Neon is empty or has characters that no key has"
}

// Hint says what to do about it.
func (*KeyError) Hint() string {
	return "set NEON_API_KEY to a key from Neon's console, or use the branches on this machine (`--provider local`)"
}

// NetworkError says that the API was not reached, or the answer broke off.
type NetworkError struct {
	Method, Host string
	Err          error
}

// Error implements error.
func (e *NetworkError) Error() string {
	return fmt.Sprintf("neon api: %s: %s: %v", e.Host, strings.ToLower(e.Method), e.Err)
}

// Unwrap returns the cause.
func (e *NetworkError) Unwrap() error { return e.Err }

// Hint says what to do about it.
func (e *NetworkError) Hint() string {
	if host, _, err := net.SplitHostPort(e.Host); err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback()) {
		return "the local Neon does not run: `espalier up` starts it"
	}
	return "check the network and NEON_API_HOST; without a network work on local branches (`--provider local`)"
}

func (e *NetworkError) passing() bool {
	return !errors.Is(e.Err, context.Canceled) && !errors.Is(e.Err, context.DeadlineExceeded)
}

// errorOf makes an Error of an answer. The key never stands in it, even where
// the other side sent it back.
func (c *Client) errorOf(method, path string, resp *http.Response, data []byte) *Error {
	e := &Error{Method: method, Path: path, Status: resp.StatusCode}
	var body struct {
		RequestID string `json:"request_id"`
		Code      string `json:"code"`
		Message   string `json:"message"`
	}
	if json.Unmarshal(data, &body) == nil {
		e.Code, e.Message, e.RequestID = body.Code, body.Message, body.RequestID
	}
	if e.RequestID == "" {
		e.RequestID = resp.Header.Get("X-Neon-Ret-Request-Id")
	}
	for _, field := range []*string{&e.Code, &e.Message, &e.RequestID} {
		*field = strings.ReplaceAll(*field, c.key, "xxxxx")
	}
	e.retryAfter = parseRetryAfter(resp.Header.Get("Retry-After"), time.Now())
	return e
}

func hasStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == status
}

// IsNotFound tells whether what was asked for is not there.
func IsNotFound(err error) bool { return hasStatus(err, http.StatusNotFound) }

// IsUnauthorized tells whether the key was refused.
func IsUnauthorized(err error) bool { return hasStatus(err, http.StatusUnauthorized) }

// IsConflict tells whether a name is taken.
func IsConflict(err error) bool { return hasStatus(err, http.StatusConflict) }

// IsLocked tells whether another operation of the project is under way.
func IsLocked(err error) bool { return hasStatus(err, http.StatusLocked) }

// IsRateLimited tells whether too many requests were sent.
func IsRateLimited(err error) bool { return hasStatus(err, http.StatusTooManyRequests) }

// IsLimitExceeded tells whether the plan allows no more of it.
func IsLimitExceeded(err error) bool {
	var e *Error
	return errors.As(err, &e) && strings.HasSuffix(e.Code, "_LIMIT_EXCEEDED")
}
