package branch

import (
	"context"
	"errors"
	"fmt"
)

// Ensure returns the branch name, and creates it where it is not there. It is
// what scripts want that may run twice: of two callers at once both get the
// same branch. created tells whether this call made it. A branch that is there
// but has another parent than opts names is an error, never silently taken.
func Ensure(ctx context.Context, p Provider, name string, opts CreateOptions) (b Branch, created bool, err error) {
	b, err = p.Create(ctx, name, opts)
	if err == nil {
		return b, true, nil
	}
	if !errors.Is(err, ErrExists) {
		return Branch{}, false, err
	}
	if b, err = p.Get(ctx, name); err != nil {
		return Branch{}, false, err
	}
	if opts.Parent != "" {
		parent, err := p.Get(ctx, opts.Parent)
		if err != nil {
			return Branch{}, false, err
		}
		if parent.ID != b.ParentID {
			return Branch{}, false, &Error{Op: "ensure", Branch: name,
				Err: fmt.Errorf("%w with another parent than %s", ErrExists, parent.Name)}
		}
	}
	return b, false, nil
}
