package branch

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Ensure returns the branch name, and creates it where it is not there. It is
// what scripts want that may run twice: of two callers at once both get the
// same branch, when it is ready. created tells whether this call made it. A
// branch that is there but has another parent than opts names is an error,
// never silently taken; the rest of opts counts only where a branch is created.
func Ensure(ctx context.Context, p Provider, name string, opts CreateOptions) (b Branch, created bool, err error) {
	for {
		b, err = p.Create(ctx, name, opts)
		if err == nil {
			return b, true, nil
		}
		if !errors.Is(err, ErrExists) {
			return Branch{}, false, err
		}
		b, err = awaitReady(ctx, p, name)
		if errors.Is(err, ErrNotFound) {
			// Its other maker failed, or it was deleted meanwhile.
			if ctx.Err() != nil {
				return Branch{}, false, ctx.Err()
			}
			continue
		}
		if err != nil {
			return Branch{}, false, err
		}
		if err := sameParent(ctx, p, b, opts.Parent); err != nil {
			return Branch{}, false, err
		}
		return b, false, nil
	}
}

// awaitReady polls until the branch is no longer being created.
func awaitReady(ctx context.Context, p Provider, name string) (Branch, error) {
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		b, err := p.Get(ctx, name)
		if err != nil || b.State != Creating {
			return b, err
		}
		select {
		case <-ctx.Done():
			return Branch{}, ctx.Err()
		case <-time.After(wait):
		}
	}
}

func sameParent(ctx context.Context, p Provider, b Branch, want string) error {
	if want == "" {
		return nil
	}
	parent, err := p.Get(ctx, want)
	if err != nil {
		return err
	}
	if parent.ID != b.ParentID {
		return &Error{Op: "ensure", Branch: b.Name,
			Err: fmt.Errorf("%w with another parent than %s", ErrExists, parent.Name),
			Fix: "choose another name, or delete the branch first"}
	}
	return nil
}
