package branch_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/espalier-go/espalier/branch"
	"github.com/stretchr/testify/require"
)

// scripted answers Create and Get from a list of functions, in order; the last
// one repeats.
type scripted struct {
	branch.Provider
	mu     sync.Mutex
	create []func() (branch.Branch, error)
	get    []func(name string) (branch.Branch, error)
}

func (s *scripted) Create(context.Context, string, branch.CreateOptions) (branch.Branch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.create[0]
	if len(s.create) > 1 {
		s.create = s.create[1:]
	}
	return f()
}

func (s *scripted) Get(_ context.Context, name string) (branch.Branch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.get[0]
	if len(s.get) > 1 {
		s.get = s.get[1:]
	}
	return f(name)
}

func exists() (branch.Branch, error) {
	return branch.Branch{}, &branch.Error{Op: "create", Branch: "dev", Err: branch.ErrExists}
}

func made() (branch.Branch, error) { return branch.Branch{ID: "br-a-b-2"}, nil }

func found(state branch.State) func(string) (branch.Branch, error) {
	return func(name string) (branch.Branch, error) {
		if name == "main" {
			return branch.Branch{ID: "br-a-b-1", Name: name}, nil
		}
		return branch.Branch{ID: "br-a-b-3", Name: name, ParentID: "br-a-b-1", State: state}, nil
	}
}

func missing(name string) (branch.Branch, error) {
	return branch.Branch{}, &branch.Error{Op: "get", Branch: name, Err: branch.ErrNotFound}
}

type (
	creates = []func() (branch.Branch, error)
	gets    = []func(string) (branch.Branch, error)
)

func TestEnsure(t *testing.T) {
	t.Parallel()
	ctx := t.Context()

	b, created, err := branch.Ensure(ctx, &scripted{create: creates{made}}, "dev", branch.CreateOptions{})
	require.NoError(t, err)
	require.True(t, created)
	require.Equal(t, "br-a-b-2", b.ID)

	b, created, err = branch.Ensure(ctx, &scripted{create: creates{exists}, get: gets{found(branch.Ready)}}, "dev", branch.CreateOptions{Parent: "main"})
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, "br-a-b-3", b.ID)
}

func TestEnsureWaitsForTheOtherMaker(t *testing.T) {
	t.Parallel()
	p := &scripted{create: creates{exists}, get: gets{found(branch.Creating), found(branch.Creating), found(branch.Ready)}}
	b, created, err := branch.Ensure(t.Context(), p, "dev", branch.CreateOptions{})
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, branch.Ready, b.State)
}

func TestEnsureTakesOverFromAFailedMaker(t *testing.T) {
	t.Parallel()
	p := &scripted{create: creates{exists, made}, get: gets{found(branch.Creating), missing}}
	b, created, err := branch.Ensure(t.Context(), p, "dev", branch.CreateOptions{})
	require.NoError(t, err)
	require.True(t, created)
	require.Equal(t, "br-a-b-2", b.ID)
}

func TestEnsureRefusesAnotherParent(t *testing.T) {
	t.Parallel()
	p := &scripted{create: creates{exists}, get: gets{func(name string) (branch.Branch, error) {
		return branch.Branch{ID: "br-" + name + "-x-1", Name: name, ParentID: "br-other-x-1"}, nil
	}}}
	b, _, err := branch.Ensure(t.Context(), p, "dev", branch.CreateOptions{Parent: "main"})
	require.ErrorIs(t, err, branch.ErrExists)
	require.ErrorContains(t, err, "another parent than main")
	require.Zero(t, b)
}

func TestEnsurePassesErrorsOn(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	_, _, err := branch.Ensure(t.Context(), &scripted{create: creates{func() (branch.Branch, error) { return branch.Branch{}, boom }}}, "dev", branch.CreateOptions{})
	require.ErrorIs(t, err, boom)
	_, _, err = branch.Ensure(t.Context(), &scripted{create: creates{exists}, get: gets{func(string) (branch.Branch, error) { return branch.Branch{}, boom }}}, "dev", branch.CreateOptions{})
	require.ErrorIs(t, err, boom)
}

func TestEnsureEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p := &scripted{create: creates{exists}, get: gets{func(string) (branch.Branch, error) {
		cancel()
		return branch.Branch{State: branch.Creating}, nil
	}}}
	_, _, err := branch.Ensure(ctx, p, "dev", branch.CreateOptions{})
	require.ErrorIs(t, err, context.Canceled)

	_, _, err = branch.Ensure(ctx, &scripted{create: creates{exists}, get: gets{missing}}, "dev", branch.CreateOptions{})
	require.ErrorIs(t, err, context.Canceled)
}

func ExampleEnsure() {
	ctx := context.Background()
	var p branch.Provider = &scripted{create: creates{exists}, get: gets{found(branch.Ready)}}
	b, created, err := branch.Ensure(ctx, p, "preview/42", branch.CreateOptions{Parent: "main"})
	if err != nil {
		panic(err)
	}
	fmt.Println(b.Name, created)
	// Output: preview/42 false
}
