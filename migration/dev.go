package migration

import (
	"context"
	"errors"
)

// OnServer returns a Dev that makes its databases on the server at adminURL,
// whose role must have the right to create databases.
func OnServer(adminURL string) Dev {
	return func(context.Context) (string, func(context.Context) error, error) {
		return "", nil, errors.ErrUnsupported
	}
}
