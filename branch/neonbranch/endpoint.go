package neonbranch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/neonapi"
)

// ErrDisabled says that a branch's compute takes no connections until it is
// enabled in Neon's console.
var ErrDisabled = errors.New("the branch's compute is disabled")

// Endpoint implements branch.Provider. A branch without a compute gets one.
func (p *Provider) Endpoint(ctx context.Context, name string) (branch.Endpoint, error) {
	e, err := p.endpoint(ctx, name)
	return e, fail("connect to", name, err)
}

func (p *Provider) endpoint(ctx context.Context, name string) (branch.Endpoint, error) {
	l, err := p.look(ctx)
	if err != nil {
		return branch.Endpoint{}, err
	}
	b, err := l.get("connect to", name)
	if err != nil {
		return branch.Endpoint{}, err
	}
	compute, err := p.awake(ctx, l, b)
	if err != nil {
		return branch.Endpoint{}, err
	}
	database, role, err := p.login(ctx, b.ID)
	if err != nil {
		return branch.Endpoint{}, err
	}
	return p.reach(ctx, compute, database, role)
}

// awake returns the branch's compute that reads and writes, running.
func (p *Provider) awake(ctx context.Context, l look, b *neonapi.Branch) (*neonapi.Endpoint, error) {
	e := l.writer(b.ID)
	if e != nil && e.Disabled {
		return nil, refuse("connect to", b.Name, ErrDisabled, "enable the compute in Neon's console, or connect to another branch")
	}
	var (
		changed neonapi.EndpointChange
		err     error
	)
	switch {
	case e == nil:
		changed, err = p.api.CreateEndpoint(ctx, p.project, neonapi.CreateEndpoint{BranchID: b.ID, Type: neonapi.ReadWrite})
	case e.CurrentState == neonapi.EndpointIdle:
		changed, err = p.api.StartEndpoint(ctx, p.project, e.ID)
	default:
		return e, nil
	}
	if err == nil {
		err = p.api.Wait(ctx, p.project, changed.Operations...)
	}
	if err != nil {
		return nil, err
	}
	return &changed.Endpoint, nil
}

// login chooses the database and the role.
func (p *Provider) login(ctx context.Context, branchID string) (database, role string, err error) {
	if p.cfg.Database != "" && p.cfg.Role != "" {
		return p.cfg.Database, p.cfg.Role, nil
	}
	all, err := p.api.Databases(ctx, p.project, branchID)
	if err != nil {
		return "", "", err
	}
	want := cmp.Or(p.cfg.Database, "neondb")
	i := slices.IndexFunc(all, func(d neonapi.Database) bool { return d.Name == want })
	if i < 0 && p.cfg.Database == "" && len(all) > 0 {
		i = 0
	}
	if i < 0 {
		return "", "", fmt.Errorf("the branch has no database %s", want)
	}
	return all[i].Name, cmp.Or(p.cfg.Role, all[i].OwnerName), nil
}

// reach asks for the URLs of a compute.
func (p *Provider) reach(ctx context.Context, e *neonapi.Endpoint, database, role string) (branch.Endpoint, error) {
	out := branch.Endpoint{Database: database, Role: role}
	var err error
	if out.URL, err = p.api.ConnectionURI(ctx, p.project, e.BranchID, e.ID, database, role, false); err != nil {
		return out, err
	}
	if out.PooledURL, err = p.api.ConnectionURI(ctx, p.project, e.BranchID, e.ID, database, role, true); err != nil {
		return out, err
	}
	u, err := url.Parse(out.URL)
	if err != nil {
		return branch.Endpoint{}, errors.New("the API's connection string is not a URL")
	}
	out.Host, out.Port = u.Hostname(), 5432
	if port, err := strconv.Atoi(u.Port()); err == nil {
		out.Port = port
	}
	return out, nil
}

// AddReplica gives a branch a further compute that only reads, and returns how
// to connect to it.
func (p *Provider) AddReplica(ctx context.Context, name string) (branch.Endpoint, error) {
	b, err := p.Get(ctx, name)
	if err != nil {
		return branch.Endpoint{}, err
	}
	e, err := p.addReplica(ctx, b.ID)
	return e, fail("add a replica to", name, err)
}

func (p *Provider) addReplica(ctx context.Context, id string) (branch.Endpoint, error) {
	changed, err := p.api.CreateEndpoint(ctx, p.project, neonapi.CreateEndpoint{BranchID: id, Type: neonapi.ReadOnly})
	if err != nil {
		return branch.Endpoint{}, err
	}
	if err := p.api.Wait(ctx, p.project, changed.Operations...); err != nil {
		return branch.Endpoint{}, err
	}
	database, role, err := p.login(ctx, id)
	if err != nil {
		return branch.Endpoint{}, err
	}
	return p.reach(ctx, &changed.Endpoint, database, role)
}

// SchemaDiff returns the unified diff from the schema of one branch to that of
// another, empty where they are the same.
func (p *Provider) SchemaDiff(ctx context.Context, from, to string) (string, error) {
	l, err := p.look(ctx)
	if err != nil {
		return "", fail("compare", to, err)
	}
	base, err := l.get("compare", from)
	if err != nil {
		return "", err
	}
	b, err := l.get("compare", to)
	if err != nil {
		return "", err
	}
	database, _, err := p.login(ctx, b.ID)
	if err != nil {
		return "", fail("compare", to, err)
	}
	text, err := p.api.CompareSchema(ctx, p.project, b.ID, base.ID, database)
	return text, fail("compare", to, err)
}
