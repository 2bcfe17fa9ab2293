package branchtest

import (
	"strings"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/stretchr/testify/require"
)

func testRoot(s *suite) {
	root := s.root()
	require.True(s, branch.IsID(root.ID), root.ID)
	require.True(s, root.Default)
	require.Empty(s, root.ParentID)
	require.NotEqual(s, branch.Creating, root.State)
	require.WithinDuration(s, time.Now(), root.CreatedAt, patience)
	require.Equal(s, root.ID, s.get(root.Name).ID)
	require.Equal(s, root.ID, s.get(root.ID).ID)

	ep := s.endpoint(root.Name)
	require.Equal(s, ep.Database, one[string](s, root.Name, `SELECT current_database()`))
	require.Equal(s, ep.Role, one[string](s, root.Name, `SELECT current_user`))
	require.False(s, one[bool](s, root.Name, `SELECT rolsuper FROM pg_roles WHERE rolname = current_user`))
	require.NotEmpty(s, ep.PooledURL)
	require.NotContains(s, ep.String(), "npg_")
	require.Equal(s, branch.Active, s.get(root.Name).State, "a branch with a session is active")

	// What a project does with it.
	s.exec(root.Name, `CREATE SCHEMA app`)
	s.exec(root.Name, `CREATE ROLE reader`)
	s.exec(root.Name, `CREATE DATABASE other`)
}

func testNames(s *suite) {
	root := s.root().Name
	for _, bad := range []string{"", " x", "x\n", "-x", "br-a-b-1", strings.Repeat("x", 257), "\xff"} {
		_, err := s.p.Create(s.ctx, bad, branch.CreateOptions{})
		s.refuses(err, branch.ErrInvalidName, "")
		_, err = s.p.Rename(s.ctx, root, bad)
		s.refuses(err, branch.ErrInvalidName, root)
	}
	odd := `feature/ü $(x) 'q' "d" %f`
	b := s.create(odd, branch.CreateOptions{})
	require.Equal(s, odd, b.Name)
	require.True(s, branch.IsID(b.ID), b.ID)
	url := s.endpoint(odd).URL

	_, err := s.p.Create(s.ctx, odd, branch.CreateOptions{})
	s.refuses(err, branch.ErrExists, odd)
	_, err = s.p.Rename(s.ctx, odd, root)
	s.refuses(err, branch.ErrExists, odd)

	renamed, err := s.p.Rename(s.ctx, odd, "plain")
	require.NoError(s, err)
	require.Equal(s, b.ID, renamed.ID)
	require.Equal(s, "plain", s.get(b.ID).Name)
	require.Equal(s, url, s.endpoint("plain").URL)
	_, err = s.p.Get(s.ctx, odd)
	s.refuses(err, branch.ErrNotFound, odd)
	_, err = s.p.Rename(s.ctx, b.ID, "plain")
	require.NoError(s, err, "its own name is free")

	again := s.create(odd, branch.CreateOptions{Parent: b.ID})
	require.NotEqual(s, b.ID, again.ID)
	require.Equal(s, b.ID, again.ParentID)

	list, err := s.p.List(s.ctx)
	require.NoError(s, err)
	require.Len(s, list, 3)
	require.Equal(s, []string{root, "plain", odd}, []string{list[0].Name, list[1].Name, list[2].Name})
}

func testNotFound(s *suite) {
	root := s.root().Name
	for _, name := range []string{"nowhere", "br-no-where-1", ""} {
		_, err := s.p.Get(s.ctx, name)
		s.refuses(err, branch.ErrNotFound, name)
		_, err = s.p.Endpoint(s.ctx, name)
		s.refuses(err, branch.ErrNotFound, name)
		_, err = s.p.Reset(s.ctx, name)
		s.refuses(err, branch.ErrNotFound, name)
		_, err = s.p.Restore(s.ctx, name, branch.RestoreOptions{Source: root})
		s.refuses(err, branch.ErrNotFound, name)
		_, err = s.p.Rename(s.ctx, name, "x")
		s.refuses(err, branch.ErrNotFound, name)
		_, err = s.p.SetExpiration(s.ctx, name, time.Now().Add(time.Hour))
		s.refuses(err, branch.ErrNotFound, name)
		_, err = s.p.SetProtected(s.ctx, name, true)
		s.refuses(err, branch.ErrNotFound, name)
		s.refuses(s.p.Delete(s.ctx, name), branch.ErrNotFound, name)
	}
	_, err := s.p.Create(s.ctx, "x", branch.CreateOptions{Parent: "nowhere"})
	s.refuses(err, branch.ErrNotFound, "nowhere")
	_, err = s.p.Restore(s.ctx, root, branch.RestoreOptions{Source: "nowhere"})
	s.refuses(err, branch.ErrNotFound, "nowhere")
	_, err = s.p.Get(s.ctx, "x")
	s.refuses(err, branch.ErrNotFound, "x")
}
