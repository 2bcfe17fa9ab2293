package neonbranch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/neonapi"
)

// CreateOptions are the optional arguments of CreateWith.
type CreateOptions struct {
	branch.CreateOptions
	// NoCompute makes the branch without a compute: it costs storage alone
	// until Endpoint adds one. Defaults to one compute.
	NoCompute bool
	// SchemaOnly copies no rows. The branch has no parent then. Defaults to all
	// data.
	SchemaOnly bool
	// SuspendAfter is how long the compute stays awake without use, in whole
	// seconds, at least a minute; less than 0 means for ever. Defaults to Neon's
	// five minutes.
	SuspendAfter time.Duration
}

// Create implements branch.Provider.
func (p *Provider) Create(ctx context.Context, name string, opts branch.CreateOptions) (branch.Branch, error) {
	return p.CreateWith(ctx, name, CreateOptions{CreateOptions: opts})
}

// CreateWith is Create with what Neon can do beyond it.
func (p *Provider) CreateWith(ctx context.Context, name string, opts CreateOptions) (branch.Branch, error) {
	b, err := p.create(ctx, name, opts)
	return b, fail("create", name, err)
}

func (p *Provider) create(ctx context.Context, name string, opts CreateOptions) (branch.Branch, error) {
	if err := errors.Join(branch.CheckName(name), opts.At.Check(), branch.CheckExpiration(opts.ExpiresAt, time.Now())); err != nil {
		return branch.Branch{}, err
	}
	parent, err := p.parentFor(ctx, name, opts)
	if err != nil {
		return branch.Branch{}, err
	}
	in := neonapi.CreateBranch{Branch: neonapi.NewBranch{Name: name, ParentID: parent.ID, ParentLSN: opts.At.LSN,
		ParentTimestamp: opts.At.Time.UTC(), ExpiresAt: opts.ExpiresAt.UTC().Truncate(time.Second)}}
	if opts.ExpiresAt.IsZero() {
		in.Branch.ExpiresAt = time.Time{}
	}
	if opts.SchemaOnly {
		in.Branch.InitSource = "schema-only"
	}
	if !opts.NoCompute {
		in.Endpoints = []neonapi.NewEndpoint{{Type: neonapi.ReadWrite, SuspendTimeout: suspendSeconds(opts.SuspendAfter)}}
	}
	created, err := p.api.CreateBranch(ctx, p.project, in)
	if err != nil {
		return branch.Branch{}, pointError(opts.At, parent.Name, conflict(name, err))
	}
	if err := p.api.Wait(ctx, p.project, created.Operations...); err != nil {
		return branch.Branch{}, err
	}
	return p.again(ctx, "create", created.Branch.ID)
}

// parentFor checks what Neon would refuse, for errors that say more.
func (p *Provider) parentFor(ctx context.Context, name string, opts CreateOptions) (*neonapi.Branch, error) {
	l, err := p.look(ctx)
	if err != nil {
		return nil, err
	}
	parent := l.defaultBranch()
	if opts.Parent != "" {
		if parent, err = l.get("create from", opts.Parent); err != nil {
			return nil, err
		}
	}
	switch {
	case l.find(name) != nil:
		return nil, exists(name)
	case parent == nil:
		return nil, errors.New("the project has no default branch")
	case !parent.ExpiresAt.IsZero():
		return nil, refuse("create", name, fmt.Errorf("%w: its parent %s expires itself", branch.ErrInvalidExpiration, parent.Name),
			"take the parent's expiration away first")
	}
	return parent, nil
}

func exists(name string) error {
	return refuse("create", name, branch.ErrExists, "choose another name, or reset it to its parent's state")
}

// conflict is ErrExists where another was faster.
func conflict(name string, err error) error {
	if neonapi.IsConflict(err) {
		return exists(name)
	}
	return err
}

func suspendSeconds(d time.Duration) int64 {
	if d < 0 {
		return -1
	}
	return int64(d / time.Second)
}

// pointError is ErrOutOfHistory where Neon refuses a point in time.
func pointError(at branch.Point, source string, err error) error {
	var e *neonapi.Error
	if at.IsHead() || !errors.As(err, &e) {
		return err
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusNotAcceptable, http.StatusPreconditionFailed, http.StatusUnprocessableEntity:
	default:
		return err
	}
	if neonapi.IsLimitExceeded(err) {
		return err
	}
	return refuse("go back on", source, fmt.Errorf("%w: %s: %w", branch.ErrOutOfHistory, at, err),
		"the project's history retention says how far back a branch can go")
}
