package branchtest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/espalier-go/espalier/branch"
	"github.com/stretchr/testify/require"
)

// atOnce calls work n times at the same moment and returns the errors.
func atOnce(n int, work func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = work(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

func testSameNameAtOnce(s *suite) {
	s.items(s.root().Name, 3)
	made := 0
	for _, err := range atOnce(4, func(int) error {
		_, err := s.p.Create(s.ctx, "one", branch.CreateOptions{})
		return err
	}) {
		if err == nil {
			made++
			continue
		}
		s.refuses(err, branch.ErrExists, "one")
	}
	require.Equal(s, 1, made)

	ids, created := make([]string, 8), make([]bool, 8)
	for _, err := range atOnce(8, func(i int) error {
		b, isNew, err := branch.Ensure(s.ctx, s.p, "ensured", branch.CreateOptions{Parent: "one"})
		ids[i], created[i] = b.ID, isNew
		if err == nil && b.State == branch.Creating {
			err = errors.New("not ready yet")
		}
		return err
	}) {
		require.NoError(s, err)
	}
	makers := 0
	for i := range ids {
		require.Equal(s, ids[0], ids[i])
		if created[i] {
			makers++
		}
	}
	require.Equal(s, 1, makers)
	require.Equal(s, 3, s.count("ensured"))
	_, _, err := branch.Ensure(s.ctx, s.p, "ensured", branch.CreateOptions{Parent: s.root().Name})
	s.refuses(err, branch.ErrExists, "ensured")
	list, err := s.p.List(s.ctx)
	require.NoError(s, err)
	require.Len(s, list, 3)
}

// testManyAtOnce mixes operations on different branches: none waits for ever,
// and each does its own.
func testManyAtOnce(s *suite) {
	root := s.root().Name
	s.items(root, 3)
	s.create("a", branch.CreateOptions{})
	s.create("b", branch.CreateOptions{})
	s.exec("a", `INSERT INTO item VALUES (4)`)
	s.exec("b", `INSERT INTO item VALUES (4), (5)`)
	operations := []func() error{
		// Each of these needs what the other one replaces.
		func() error { _, err := s.p.Restore(s.ctx, "a", branch.RestoreOptions{Source: "b"}); return err },
		func() error { _, err := s.p.Restore(s.ctx, "b", branch.RestoreOptions{Source: "a"}); return err },
		func() error { _, err := s.p.Reset(s.ctx, "a"); return err },
		func() error { _, err := s.p.Create(s.ctx, "of root", branch.CreateOptions{}); return err },
		func() error { _, err := s.p.Endpoint(s.ctx, "b"); return err },
		func() error { _, err := s.p.Rename(s.ctx, root, "renamed"); return err },
		func() error {
			if _, err := s.p.Create(s.ctx, "passing", branch.CreateOptions{}); err != nil {
				return err
			}
			return s.p.Delete(s.ctx, "passing")
		},
	}
	for i, err := range atOnce(len(operations), func(i int) error { return operations[i]() }) {
		require.NoError(s, err, fmt.Sprint("operation ", i))
	}
	require.Equal(s, 3, s.count("renamed"))
	require.Equal(s, 3, s.count("of root"))
	for _, name := range []string{"a", "b"} {
		require.Contains(s, []int{3, 4, 5}, s.count(name))
	}
	list, err := s.p.List(s.ctx)
	require.NoError(s, err)
	require.Len(s, list, 4)
}

// testCanceled checks that a call with a context that ended leaves nothing.
func testCanceled(s *suite) {
	root := s.root().Name
	s.items(root, 3)
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	_, err := s.p.Create(ctx, "late", branch.CreateOptions{})
	require.ErrorIs(s, err, context.Canceled)
	_, err = s.p.Get(s.ctx, "late")
	s.refuses(err, branch.ErrNotFound, "late")
	_, err = s.p.Restore(ctx, root, branch.RestoreOptions{At: branch.Point{Time: s.past(root)}})
	require.ErrorIs(s, err, context.Canceled)
	require.Equal(s, 3, s.count(root))
	s.create("late", branch.CreateOptions{})
	require.Equal(s, 3, s.count("late"))
}
