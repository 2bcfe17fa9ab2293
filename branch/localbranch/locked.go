package localbranch

import (
	"context"
	"os"
	"slices"

	"github.com/espalier-go/espalier/branch"
)

// use is a branch that an operation needs, by name or id, and how.
type use struct {
	name string
	how  int
}

// locked takes the locks of the branches, reads the state, and returns it with
// their records, in that order. A branch that is just being made is waited for.
func (p *Provider) locked(ctx context.Context, op string, uses ...use) (*state, []*record, func(), error) {
	for {
		st, err := p.read()
		if err != nil {
			return nil, nil, nil, err
		}
		records, err := st.all(op, uses)
		if err != nil {
			return nil, nil, nil, err
		}
		want := make([]wanted, len(uses))
		for i, r := range records {
			want[i] = wanted{p.lockPath(r.ID), uses[i].how}
		}
		unlock, err := takeLocks(ctx, want...)
		if err != nil {
			return nil, nil, nil, err
		}
		st, fresh, err := p.again(records)
		if err == nil && fresh != nil {
			return st, fresh, unlock, nil
		}
		unlock()
		if err != nil {
			return nil, nil, nil, err
		}
		// One is gone, or its maker died: clear up and look again.
		if err := p.update(ctx, func(*state) error { return nil }); err != nil {
			return nil, nil, nil, err
		}
	}
}

// again reads the state anew and finds the records in it. It returns none when
// one is gone or was never finished.
func (p *Provider) again(records []*record) (*state, []*record, error) {
	st, err := p.read()
	if err != nil {
		return nil, nil, err
	}
	fresh := make([]*record, len(records))
	for i, old := range records {
		r := st.find(old.ID)
		if r == nil {
			os.Remove(p.lockPath(old.ID))
			return st, nil, nil
		}
		if r.State == branch.Creating {
			return st, nil, nil
		}
		fresh[i] = r
	}
	return st, fresh, nil
}

func (st *state) all(op string, uses []use) ([]*record, error) {
	records := make([]*record, len(uses))
	for i, u := range uses {
		r, err := st.get(op, u.name)
		if err != nil {
			return nil, err
		}
		records[i] = r
	}
	return records, nil
}

// read is load for all but Init: a project without its root is none yet.
func (p *Provider) read() (*state, error) {
	st, err := p.load()
	if err == nil && len(st.Branches) == 0 {
		return nil, p.noProject()
	}
	return st, err
}

// current is read without what killed processes left half-made.
func (p *Provider) current(ctx context.Context) (*state, error) {
	st, err := p.read()
	if err != nil || !slices.ContainsFunc(st.Branches, p.abandoned) {
		return st, err
	}
	if err := p.update(ctx, func(*state) error { return nil }); err != nil {
		return nil, err
	}
	return p.read()
}

// abandoned tells whether a branch is unfinished and nobody works on it.
func (p *Provider) abandoned(r *record) bool {
	if r.State != branch.Creating {
		return false
	}
	l, err := tryLock(p.lockPath(r.ID), shared)
	if l == nil || err != nil {
		return false
	}
	l.f.Close()
	return true
}
