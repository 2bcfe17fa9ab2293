package branch

import (
	"context"
	"time"
)

// Provider makes branches of one project. Every method takes a branch by its
// name or its id, is safe for concurrent use, and returns when the branch is
// ready, not when the work was accepted.
//
// Implementations pass branchtest.Run.
type Provider interface {
	// Create makes the branch name. It fails with ErrExists where the name is
	// taken, ErrInvalidName where CheckName refuses it, ErrNotFound where the
	// parent is not there, ErrOutOfHistory where the point is older than what is
	// kept or in the future, ErrInvalidPoint where Point.Check refuses it,
	// ErrInvalidExpiration where CheckExpiration refuses the expiry or the parent
	// itself expires. The new branch's own history may begin a moment after it
	// is ready.
	Create(ctx context.Context, name string, opts CreateOptions) (Branch, error)
	// List returns all branches, the root first, then by time of creation.
	List(ctx context.Context) ([]Branch, error)
	// Get returns one branch, or ErrNotFound.
	Get(ctx context.Context, branch string) (Branch, error)
	// Reset puts the parent's newest state in place of the branch's. Its
	// connections break, its id, name and URLs stay, and so do its children,
	// with their data; Neon refuses it where there are children: ErrHasChildren.
	// The root has no parent: ErrRoot.
	Reset(ctx context.Context, branch string) (Branch, error)
	// Restore puts an older state of the branch itself, or a state of another
	// branch, in place of the branch's. Its id, name and URLs stay. Its children
	// become children of the branch that PreserveAs names, and ErrHasChildren
	// says that it is missing. ErrInvalidPoint where a restore from itself
	// names no point.
	Restore(ctx context.Context, branch string, opts RestoreOptions) (Branch, error)
	// Rename fails with ErrExists where the new name is taken.
	Rename(ctx context.Context, branch, name string) (Branch, error)
	// SetExpiration makes the branch expire at t; the zero time takes the
	// expiry away. ErrInvalidExpiration where CheckExpiration refuses t. The
	// default branch, a protected one and one with children refuse it:
	// ErrProtected, ErrHasChildren.
	SetExpiration(ctx context.Context, branch string, t time.Time) (Branch, error)
	// SetProtected guards the branch against Reset, Restore, Delete and
	// expiration, or takes the guard away. A branch that expires refuses it:
	// ErrInvalidExpiration.
	SetProtected(ctx context.Context, branch string, protected bool) (Branch, error)
	// Delete drops the branch and its data. The root and the default branch
	// refuse it with ErrRoot and ErrProtected, a parent with ErrHasChildren.
	// Deleting what is not there fails with ErrNotFound.
	Delete(ctx context.Context, branch string) error
	// Endpoint returns how to connect, and wakes the branch's compute.
	Endpoint(ctx context.Context, branch string) (Endpoint, error)
}

// CreateOptions are the optional arguments of Provider.Create.
type CreateOptions struct {
	// Parent is a name or id. Defaults to the default branch.
	Parent string
	// At is where of the parent's history the branch begins. Defaults to the
	// head.
	At Point
	// ExpiresAt is when the branch may be deleted. Defaults to never.
	ExpiresAt time.Time
}

// RestoreOptions are the optional arguments of Provider.Restore.
type RestoreOptions struct {
	// Source is the branch whose state is taken. Defaults to the branch itself,
	// and then At is required.
	Source string
	// At is the point of the source's history. Defaults to its head.
	At Point
	// PreserveAs keeps the state from before as a new branch of this name.
	// Required where the branch has children. Defaults to keeping nothing.
	PreserveAs string
}
