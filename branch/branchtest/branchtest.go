// Package branchtest is the conformance suite of branch.Provider: what every
// backend must do and refuse, checked through SQL on its endpoints.
//
// A backend's test calls Run and nothing else:
//
//	func TestProvider(t *testing.T) {
//		branchtest.Run(t, func(t *testing.T) branch.Provider { … })
//	}
package branchtest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// patience is the limit of every wait. It is generous: a busy machine is no
// failure.
const patience = 2 * time.Minute

// Option tells how a backend differs where branch.Provider leaves it open.
type Option func(*suite)

// ResetNeedsNoChildren is for backends that refuse Reset with ErrHasChildren.
func ResetNeedsNoChildren() Option { return func(s *suite) { s.resetNeedsNoChildren = true } }

// Run runs the suite. open returns a provider with an empty root branch that is
// the default one, each time of another project, and cleans up after itself.
// The tests run in parallel.
func Run(t *testing.T, open func(t *testing.T) branch.Provider, options ...Option) {
	for _, c := range []struct {
		name string
		test func(*suite)
	}{
		{"Root", testRoot},
		{"Names", testNames},
		{"NotFound", testNotFound},
		{"Copy", testCopy},
		{"ParentStaysOnline", testParentStaysOnline},
		{"PointInTime", testPointInTime},
		{"PointsOutside", testPointsOutside},
		{"Reset", testReset},
		{"RestoreItself", testRestoreItself},
		{"RestoreFromAnother", testRestoreFromAnother},
		{"RestorePreserves", testRestorePreserves},
		{"Expiration", testExpiration},
		{"Protection", testProtection},
		{"Delete", testDelete},
		{"SameNameAtOnce", testSameNameAtOnce},
		{"ManyAtOnce", testManyAtOnce},
		{"Canceled", testCanceled},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 5*patience)
			t.Cleanup(cancel)
			s := &suite{T: t, ctx: ctx, p: open(t)}
			for _, option := range options {
				option(s)
			}
			c.test(s)
		})
	}
}

// suite is one test's provider and its helpers.
type suite struct {
	*testing.T
	ctx context.Context
	p   branch.Provider

	resetNeedsNoChildren bool
}

// root is the name of the default branch.
func (s *suite) root() branch.Branch {
	s.Helper()
	list, err := s.p.List(s.ctx)
	require.NoError(s, err)
	require.NotEmpty(s, list)
	return list[0]
}

func (s *suite) create(name string, opts branch.CreateOptions) branch.Branch {
	s.Helper()
	b, err := s.p.Create(s.ctx, name, opts)
	require.NoError(s, err)
	return b
}

func (s *suite) get(name string) branch.Branch {
	s.Helper()
	b, err := s.p.Get(s.ctx, name)
	require.NoError(s, err)
	return b
}

func (s *suite) endpoint(name string) branch.Endpoint {
	s.Helper()
	ep, err := s.p.Endpoint(s.ctx, name)
	require.NoError(s, err)
	return ep
}

// connect opens a session on a branch that ends with the test.
func (s *suite) connect(name string) *pgx.Conn {
	s.Helper()
	conn, err := pgx.Connect(s.ctx, s.endpoint(name).URL)
	require.NoError(s, err)
	s.Cleanup(func() { conn.Close(context.WithoutCancel(s.ctx)) })
	return conn
}

// exec runs a statement on a branch in a session of its own.
func (s *suite) exec(name, sql string, args ...any) {
	s.Helper()
	_, err := s.connect(name).Exec(s.ctx, sql, args...)
	require.NoError(s, err, sql)
}

// one reads one value from a branch.
func one[T any](s *suite, name, sql string, args ...any) T {
	s.Helper()
	return oneOf[T](s, s.connect(name), sql, args...)
}

func oneOf[T any](s *suite, conn *pgx.Conn, sql string, args ...any) T {
	s.Helper()
	var v T
	require.NoError(s, conn.QueryRow(s.ctx, sql, args...).Scan(&v), sql)
	return v
}

// count is the number of rows of the table every test writes to.
func (s *suite) count(name string) int {
	s.Helper()
	return one[int](s, name, `SELECT count(*) FROM item`)
}

// items makes that table with n rows.
func (s *suite) items(name string, n int) {
	s.Helper()
	s.exec(name, `CREATE TABLE item (id int PRIMARY KEY)`)
	s.exec(name, `INSERT INTO item SELECT generate_series(1, $1::int)`, n)
}

// refuses checks the kind of an error: the sentinel, the branch it names, one
// line, and no password.
func (s *suite) refuses(err, sentinel error, name string) {
	s.Helper()
	require.ErrorIs(s, err, sentinel)
	var be *branch.Error
	require.True(s, errors.As(err, &be), "%T is no *branch.Error", err)
	require.NotEmpty(s, be.Op)
	if name != "" {
		require.Contains(s, err.Error(), name)
	}
	require.NotContains(s, err.Error(), "\n")
	require.NotContains(s, err.Error()+be.Hint(), "npg_")
}

// past is a moment of a branch's history that is surely after what was
// committed before and before what will be.
func (s *suite) past(name string) time.Time {
	s.Helper()
	conn := s.connect(name)
	at := oneOf[time.Time](s, conn, `SELECT clock_timestamp()`)
	_, err := conn.Exec(s.ctx, `SELECT pg_sleep(0.01)`)
	require.NoError(s, err)
	return at
}

// history waits until a branch can go back: a backend may begin to keep the
// history a moment after the branch is ready.
func (s *suite) history(name string) {
	s.Helper()
	at := s.past(name)
	probe := fmt.Sprintf("probe-%d", at.UnixNano())
	for deadline := time.Now().Add(patience); ; {
		_, err := s.p.Create(s.ctx, probe, branch.CreateOptions{Parent: name, At: branch.Point{Time: at}})
		if err == nil {
			require.NoError(s, s.p.Delete(s.ctx, probe))
			return
		}
		require.ErrorIs(s, err, branch.ErrOutOfHistory)
		require.True(s, time.Now().Before(deadline), "no history of %s after %s: %v", name, patience, err)
		time.Sleep(50 * time.Millisecond)
		at = s.past(name)
	}
}
