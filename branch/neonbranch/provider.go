package neonbranch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/neonapi"
)

// Config is the optional part of Open. Its zero value works.
type Config struct {
	// BaseURL is where the API is. Defaults to Neon's own.
	BaseURL string
	// Database and Role are what Endpoint connects to and as. Default to neondb
	// and its owner, or to the oldest database and its owner where there is no
	// neondb.
	Database, Role string
	// HTTPClient sends the requests. Defaults to one with a limit of a minute
	// for each.
	HTTPClient *http.Client
	// Log gets the requests at level debug, without secrets. Defaults to none.
	Log *slog.Logger
}

// Provider implements branch.Provider on Neon. It is safe for concurrent use.
type Provider struct {
	api     *neonapi.Client
	project string
	cfg     Config
}

var _ branch.Provider = (*Provider)(nil)

// Open returns the provider of a project. It sends nothing.
func Open(key, project string, cfg Config) (*Provider, error) {
	api, err := neonapi.New(key, neonapi.Config{BaseURL: cfg.BaseURL, HTTPClient: cfg.HTTPClient, Log: cfg.Log})
	if err != nil {
		return nil, err
	}
	if project == "" {
		return nil, &projectError{}
	}
	return &Provider{api: api, project: project, cfg: cfg}, nil
}

// Project is the project's id.
func (p *Provider) Project() string { return p.project }

type projectError struct{}

func (*projectError) Error() string { return "no Neon project is named" }
func (*projectError) Hint() string {
	return "set NEON_PROJECT_ID, or run `neonctl set-context --project-id ID`, which writes the file .neon"
}

// look is all branches and computes at one moment.
type look struct {
	branches  []neonapi.Branch
	endpoints []neonapi.Endpoint
}

func (p *Provider) look(ctx context.Context) (look, error) {
	var l look
	var err error
	if l.branches, err = p.api.Branches(ctx, p.project); err != nil {
		return l, err
	}
	l.endpoints, err = p.api.Endpoints(ctx, p.project, "")
	return l, err
}

func (l look) find(nameOrID string) *neonapi.Branch {
	for i, b := range l.branches {
		if b.ID == nameOrID || b.Name == nameOrID {
			return &l.branches[i]
		}
	}
	return nil
}

// get finds a branch, or fails with ErrNotFound and the names there are.
func (l look) get(op, nameOrID string) (*neonapi.Branch, error) {
	if b := l.find(nameOrID); b != nil {
		return b, nil
	}
	names := make([]string, len(l.branches))
	for i, b := range l.branches {
		names[i] = b.Name
	}
	slices.Sort(names)
	fix := "the branches are " + strings.Join(names[:min(len(names), 8)], ", ")
	if n := len(names) - 8; n > 0 {
		fix += fmt.Sprintf(" and %d more", n)
	}
	return nil, &branch.Error{Op: op, Branch: nameOrID, Err: branch.ErrNotFound, Fix: fix}
}

func (l look) defaultBranch() *neonapi.Branch {
	for i, b := range l.branches {
		if b.Default {
			return &l.branches[i]
		}
	}
	return nil
}

func (l look) children(id string) []string {
	var names []string
	for _, b := range l.branches {
		if b.ParentID == id {
			names = append(names, b.Name)
		}
	}
	return names
}

// writer is the compute of a branch that reads and writes, or nil.
func (l look) writer(id string) *neonapi.Endpoint {
	for i, e := range l.endpoints {
		if e.BranchID == id && e.Type == neonapi.ReadWrite {
			return &l.endpoints[i]
		}
	}
	return nil
}

// branch is a branch as this module tells it.
func (l look) branch(b neonapi.Branch) branch.Branch {
	out := branch.Branch{ID: b.ID, Name: b.Name, ParentID: b.ParentID, ParentLSN: b.ParentLSN, ParentTime: b.ParentTimestamp,
		Default: b.Default, Protected: b.Protected, CreatedAt: b.CreatedAt, ExpiresAt: b.ExpiresAt, State: branch.Ready}
	if b.CurrentState == "init" {
		out.State = branch.Creating
	} else if e := l.writer(b.ID); e != nil && e.CurrentState == neonapi.EndpointActive {
		out.State = branch.Active
	}
	return out
}

// List implements branch.Provider. It wakes nothing.
func (p *Provider) List(ctx context.Context) ([]branch.Branch, error) {
	l, err := p.look(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]branch.Branch, len(l.branches))
	for i, b := range l.branches {
		list[i] = l.branch(b)
	}
	// Branches without data of a parent are roots, too, but never the oldest.
	slices.SortStableFunc(list, func(a, b branch.Branch) int { return a.CreatedAt.Compare(b.CreatedAt) })
	slices.SortStableFunc(list, func(a, b branch.Branch) int { return cmp.Compare(rank(a), rank(b)) })
	return list, nil
}

func rank(b branch.Branch) int {
	if b.ParentID == "" {
		return 0
	}
	return 1
}

// Get implements branch.Provider. It wakes nothing.
func (p *Provider) Get(ctx context.Context, name string) (branch.Branch, error) {
	l, err := p.look(ctx)
	if err != nil {
		return branch.Branch{}, fail("get", name, err)
	}
	b, err := l.get("get", name)
	if err != nil {
		return branch.Branch{}, err
	}
	return l.branch(*b), nil
}

// again is the branch after a change.
func (p *Provider) again(ctx context.Context, op, id string) (branch.Branch, error) {
	l, err := p.look(ctx)
	if err != nil {
		return branch.Branch{}, fail(op, id, err)
	}
	b, err := l.get(op, id)
	if err != nil {
		return branch.Branch{}, err
	}
	return l.branch(*b), nil
}

// fail wraps err as the branch.Error of an operation, once. Its hint is the
// cause's.
func fail(op, name string, err error) error {
	var be *branch.Error
	if err == nil || errors.As(err, &be) {
		return err
	}
	return &branch.Error{Op: op, Branch: name, Err: err}
}

func refuse(op, name string, err error, fix string) error {
	return &branch.Error{Op: op, Branch: name, Err: err, Fix: fix}
}
