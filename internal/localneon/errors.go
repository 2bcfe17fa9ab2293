package localneon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/espalier-go/espalier/branch"
)

// apiError is an answer in the form of Neon's errors.
type apiError struct {
	Status  int
	Code    string
	Message string
}

func (e *apiError) Error() string { return e.Message }

func badRequest(format string, args ...any) error {
	return &apiError{Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &apiError{Status: http.StatusNotFound, Message: fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) error {
	return &apiError{Status: http.StatusConflict, Message: fmt.Sprintf(format, args...)}
}

// refused is what a rule forbids.
func refused(format string, args ...any) error {
	return &apiError{Status: http.StatusUnprocessableEntity, Message: fmt.Sprintf(format, args...)}
}

var errBusy = &apiError{Status: http.StatusLocked,
	Message: "project already has running conflicting operations, scheduling of new ones is prohibited"}

// asAPIError gives the errors of localbranch the status that Neon gives them.
func asAPIError(err error) *apiError {
	var e *apiError
	if errors.As(err, &e) {
		return e
	}
	text := err.Error()
	var be *branch.Error
	if errors.As(err, &be) && be.Err != nil {
		text = be.Err.Error()
	}
	for _, c := range []struct {
		is     error
		status int
	}{
		{branch.ErrNotFound, http.StatusNotFound},
		{branch.ErrExists, http.StatusConflict},
		{branch.ErrProtected, http.StatusUnprocessableEntity},
		{branch.ErrRoot, http.StatusUnprocessableEntity},
		{branch.ErrHasChildren, http.StatusUnprocessableEntity},
		{branch.ErrOutOfHistory, http.StatusUnprocessableEntity},
		{branch.ErrInvalidPoint, http.StatusBadRequest},
		{branch.ErrInvalidName, http.StatusUnprocessableEntity},
		{branch.ErrInvalidExpiration, http.StatusUnprocessableEntity},
		{context.Canceled, 499},
	} {
		if errors.Is(err, c.is) {
			return &apiError{Status: c.status, Message: text}
		}
	}
	return &apiError{Status: http.StatusInternalServerError, Message: "internal error: " + text}
}

func faultError(status int) *apiError {
	switch status {
	case http.StatusLocked:
		return errBusy
	case http.StatusTooManyRequests:
		return &apiError{Status: status, Message: "you have reached your request limit, try again later"}
	}
	return &apiError{Status: status, Message: "fault on request"}
}

func writeError(w http.ResponseWriter, id string, e *apiError) {
	if e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	write(w, e.Status, map[string]string{"request_id": id, "code": e.Code, "message": e.Message})
}

var safeID = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// requestID is the caller's own where it gave a harmless one.
func requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); safeID.MatchString(id) {
		return id
	}
	return newUUID()
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
