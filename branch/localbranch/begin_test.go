package localbranch

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/branch"
)

func TestBegin(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	ctx := t.Context()
	b, finish, err := p.Begin(ctx, "dev", branch.CreateOptions{})
	require.NoError(t, err)
	require.Equal(t, branch.Creating, b.State)
	got, err := p.Get(ctx, "dev")
	require.NoError(t, err)
	require.Equal(t, branch.Creating, got.State)
	_, _, err = p.Begin(ctx, "dev", branch.CreateOptions{})
	require.ErrorIs(t, err, branch.ErrExists)
	done, err := finish(ctx)
	require.NoError(t, err)
	require.Equal(t, b.ID, done.ID)
	require.Equal(t, branch.Active, done.State)

	// One that can't be finished is gone.
	_, finish, err = p.Begin(ctx, "late", branch.CreateOptions{})
	require.NoError(t, err)
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, err = finish(canceled)
	require.ErrorIs(t, err, context.Canceled)
	_, err = p.Get(ctx, "late")
	require.ErrorIs(t, err, branch.ErrNotFound)

	require.NoError(t, p.Suspend(ctx, "dev"))
	got, err = p.Get(ctx, "dev")
	require.NoError(t, err)
	require.Equal(t, branch.Ready, got.State)
	require.NoError(t, p.CheckPoint(ctx, "main", branch.Point{}))
	require.ErrorIs(t, p.CheckPoint(ctx, "main", branch.Point{LSN: "0/1"}), branch.ErrOutOfHistory)

	// A new password is that of the URL, and the old one is none any more.
	old, err := p.Endpoint(ctx, "dev")
	require.NoError(t, err)
	require.NoError(t, p.SetPassword(ctx, done.ID, Role, "npg_another"))
	ep, err := p.Endpoint(ctx, "dev")
	require.NoError(t, err)
	require.Contains(t, ep.URL, "npg_another")
	conn, err := pgx.Connect(ctx, ep.URL)
	require.NoError(t, err)
	require.NoError(t, conn.Close(ctx))
	_, err = pgx.Connect(ctx, old.URL)
	require.Error(t, err)
	password, err := p.Password(ctx, "main")
	require.NoError(t, err)
	require.NotEqual(t, "npg_another", password, "the parent keeps its own")
	require.ErrorIs(t, p.SetPassword(ctx, "nowhere", Role, "x"), branch.ErrNotFound)
}

func TestDefaultAndDetached(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	ctx := t.Context()
	_, err := p.Create(ctx, "dev", branch.CreateOptions{})
	require.NoError(t, err)
	_, err = p.Create(ctx, "alone", branch.CreateOptions{Parent: "dev"})
	require.NoError(t, err)
	require.ErrorIs(t, p.Delete(ctx, "dev"), branch.ErrHasChildren)
	b, err := p.Detach(ctx, "alone")
	require.NoError(t, err)
	require.Empty(t, b.ParentID)
	_, err = p.Reset(ctx, "alone")
	require.ErrorIs(t, err, branch.ErrRoot)

	b, err = p.SetDefault(ctx, "dev")
	require.NoError(t, err)
	require.True(t, b.Default)
	require.ErrorIs(t, p.Delete(ctx, "dev"), branch.ErrProtected)
	_, err = p.SetDefault(ctx, "main")
	require.NoError(t, err)
	require.NoError(t, p.Delete(ctx, "dev"), "the detached one is no child")
	all, err := p.List(ctx)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, "main", all[0].Name)
	overview, err := p.Overview(ctx)
	require.NoError(t, err)
	require.Len(t, overview.Branches, 2)
	require.NotZero(t, overview.Branches[1].Port)
}
