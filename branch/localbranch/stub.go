package localbranch

import (
	"context"
	"errors"
	"time"

	"github.com/espalier-go/espalier/branch"
)

var errPending = errors.New("localbranch: being written")

// Open returns the provider of the project in projectDir. It makes nothing and
// starts nothing: a folder without a project is fine until a method needs one.
func Open(ctx context.Context, projectDir string, cfg Config) (*Provider, error) {
	return nil, errPending
}

// Close gives back the servers this provider woke. They stop Config.Linger
// after their last user unless they are kept.
func (p *Provider) Close() error { return errPending }

// Init makes the project and its root branch "main" where there is none, and
// returns the root branch. It may be called again, by several processes at
// once, too.
func (p *Provider) Init(ctx context.Context) (branch.Branch, error) {
	return branch.Branch{}, errPending
}

// Up is Init, then wakes the default branch and keeps it running until Down.
func (p *Provider) Up(ctx context.Context) (branch.Branch, error) { return branch.Branch{}, errPending }

// Down stops the servers of all branches, whoever uses them, and returns the
// branches whose server ran.
func (p *Provider) Down(ctx context.Context) ([]branch.Branch, error) { return nil, errPending }

// Status reports on the project without starting anything.
func (p *Provider) Status(ctx context.Context) (Status, error) { return Status{}, errPending }

// Prune deletes the expired branches that have no children and are not
// protected, and returns them.
func (p *Provider) Prune(ctx context.Context) ([]branch.Branch, error) { return nil, errPending }

// SetProtected implements branch.Provider.
func (p *Provider) SetProtected(ctx context.Context, name string, protected bool) (branch.Branch, error) {
	return branch.Branch{}, errPending
}

// Create implements branch.Provider.
func (p *Provider) Create(ctx context.Context, name string, opts branch.CreateOptions) (branch.Branch, error) {
	return branch.Branch{}, errPending
}

// List implements branch.Provider.
func (p *Provider) List(ctx context.Context) ([]branch.Branch, error) { return nil, errPending }

// Get implements branch.Provider.
func (p *Provider) Get(ctx context.Context, name string) (branch.Branch, error) {
	return branch.Branch{}, errPending
}

// Reset implements branch.Provider.
func (p *Provider) Reset(ctx context.Context, name string) (branch.Branch, error) {
	return branch.Branch{}, errPending
}

// Restore implements branch.Provider.
func (p *Provider) Restore(ctx context.Context, name string, opts branch.RestoreOptions) (branch.Branch, error) {
	return branch.Branch{}, errPending
}

// Rename implements branch.Provider.
func (p *Provider) Rename(ctx context.Context, name, to string) (branch.Branch, error) {
	return branch.Branch{}, errPending
}

// SetExpiration implements branch.Provider.
func (p *Provider) SetExpiration(ctx context.Context, name string, t time.Time) (branch.Branch, error) {
	return branch.Branch{}, errPending
}

// Delete implements branch.Provider.
func (p *Provider) Delete(ctx context.Context, name string) error { return errPending }

// Endpoint implements branch.Provider.
func (p *Provider) Endpoint(ctx context.Context, name string) (branch.Endpoint, error) {
	return branch.Endpoint{}, errPending
}
