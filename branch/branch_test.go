package branch_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/stretchr/testify/require"
)

func TestEndpointHidesThePassword(t *testing.T) {
	t.Parallel()
	ep := branch.Endpoint{Host: "127.0.0.1", Port: 5432, Database: "neondb", Role: "neondb_owner",
		URL: "postgres://neondb_owner:npg_secret@127.0.0.1:5432/neondb", PooledURL: "postgres://neondb_owner:npg_secret@127.0.0.1:5432/neondb"}
	var buf bytes.Buffer
	slog.New(slog.NewJSONHandler(&buf, nil)).Info("x", "ep", ep)
	slog.New(slog.NewTextHandler(&buf, nil)).Info("x", "ep", &ep)
	fmt.Fprintf(&buf, "%v %s %+v %#v", ep, ep, &ep, ep)
	require.NotContains(t, buf.String(), "secret")
	require.Contains(t, ep.String(), "neondb_owner")
}

func TestErrorHasAHint(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("apply: %w", &branch.Error{Op: "reset", Branch: "main", Err: branch.ErrRoot, Fix: "restore it to a point instead"})
	require.ErrorIs(t, err, branch.ErrRoot)
	require.EqualError(t, err, "apply: reset branch main: branch is the root of the project")
	var h interface{ Hint() string }
	require.True(t, errors.As(err, &h))
	require.Equal(t, "restore it to a point instead", h.Hint())

	outer := &branch.Error{Op: "create", Branch: "dev", Err: err}
	require.Equal(t, "restore it to a point instead", outer.Hint(), "the cause's hint stands in")
	require.Empty(t, (&branch.Error{Op: "get", Branch: "dev", Err: branch.ErrNotFound}).Hint())
}

func TestExpired(t *testing.T) {
	t.Parallel()
	now := time.Now()
	require.False(t, branch.Branch{}.Expired(now))
	require.True(t, branch.Branch{ExpiresAt: now}.Expired(now))
	require.False(t, branch.Branch{ExpiresAt: now.Add(1)}.Expired(now))
}

func TestCheckExpiration(t *testing.T) {
	t.Parallel()
	now := time.Now()
	require.NoError(t, branch.CheckExpiration(time.Time{}, now))
	require.NoError(t, branch.CheckExpiration(now.Add(1), now))
	require.NoError(t, branch.CheckExpiration(now.Add(branch.MaxExpiration), now))
	require.ErrorIs(t, branch.CheckExpiration(now, now), branch.ErrInvalidExpiration)
	require.ErrorIs(t, branch.CheckExpiration(now.Add(branch.MaxExpiration+1), now), branch.ErrInvalidExpiration)
}
