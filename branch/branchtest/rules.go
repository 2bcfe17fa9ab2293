package branchtest

import (
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func testExpiration(s *suite) {
	root := s.root().Name
	in := func(d time.Duration) time.Time { return time.Now().Add(d).UTC().Truncate(time.Second) }

	for _, bad := range []time.Time{in(-time.Hour), in(31 * 24 * time.Hour)} {
		_, err := s.p.Create(s.ctx, "x", branch.CreateOptions{ExpiresAt: bad})
		s.refuses(err, branch.ErrInvalidExpiration, "x")
	}
	_, err := s.p.Get(s.ctx, "x")
	s.refuses(err, branch.ErrNotFound, "x")
	_, err = s.p.SetExpiration(s.ctx, root, in(time.Hour))
	s.refuses(err, branch.ErrProtected, root)

	soon := in(time.Hour)
	b := s.create("short", branch.CreateOptions{ExpiresAt: soon})
	require.True(s, soon.Equal(b.ExpiresAt))
	require.True(s, soon.Equal(s.get("short").ExpiresAt))
	require.False(s, b.Expired(time.Now()))
	_, err = s.p.Create(s.ctx, "of short", branch.CreateOptions{Parent: "short"})
	s.refuses(err, branch.ErrInvalidExpiration, "short")
	_, err = s.p.SetExpiration(s.ctx, "short", in(-time.Hour))
	s.refuses(err, branch.ErrInvalidExpiration, "short")
	require.True(s, soon.Equal(s.get("short").ExpiresAt))

	later := in(48 * time.Hour)
	b, err = s.p.SetExpiration(s.ctx, "short", later)
	require.NoError(s, err)
	require.True(s, later.Equal(b.ExpiresAt))
	b, err = s.p.SetExpiration(s.ctx, b.ID, time.Time{})
	require.NoError(s, err)
	require.True(s, b.ExpiresAt.IsZero())

	s.create("of short", branch.CreateOptions{Parent: "short"})
	_, err = s.p.SetExpiration(s.ctx, "short", in(time.Hour))
	s.refuses(err, branch.ErrHasChildren, "short")
}

func testProtection(s *suite) {
	s.items(s.root().Name, 3)
	b := s.create("kept", branch.CreateOptions{})
	require.False(s, b.Protected)
	b, err := s.p.SetProtected(s.ctx, "kept", true)
	require.NoError(s, err)
	require.True(s, b.Protected)
	require.True(s, s.get("kept").Protected)
	s.exec("kept", `DELETE FROM item WHERE id = 1`)

	_, err = s.p.Reset(s.ctx, "kept")
	s.refuses(err, branch.ErrProtected, "kept")
	_, err = s.p.Restore(s.ctx, "kept", branch.RestoreOptions{Source: s.root().Name})
	s.refuses(err, branch.ErrProtected, "kept")
	_, err = s.p.SetExpiration(s.ctx, "kept", time.Now().Add(time.Hour))
	s.refuses(err, branch.ErrProtected, "kept")
	s.refuses(s.p.Delete(s.ctx, "kept"), branch.ErrProtected, "kept")
	require.Equal(s, 2, s.count("kept"))
	s.create("of kept", branch.CreateOptions{Parent: "kept"})
	require.NoError(s, s.p.Delete(s.ctx, "of kept"), "children are not protected")

	_, err = s.p.SetProtected(s.ctx, "kept", false)
	require.NoError(s, err)
	_, err = s.p.SetExpiration(s.ctx, "kept", time.Now().Add(time.Hour))
	require.NoError(s, err)
	_, err = s.p.SetProtected(s.ctx, "kept", true)
	s.refuses(err, branch.ErrInvalidExpiration, "kept")
	require.NoError(s, s.p.Delete(s.ctx, "kept"))
}

func testDelete(s *suite) {
	root := s.root().Name
	s.items(root, 3)
	s.refuses(s.p.Delete(s.ctx, root), branch.ErrRoot, root)

	b := s.create("b", branch.CreateOptions{})
	s.create("c", branch.CreateOptions{Parent: "b"})
	s.refuses(s.p.Delete(s.ctx, "b"), branch.ErrHasChildren, "b")
	require.Equal(s, 3, s.count("b"))

	url := s.endpoint("c").URL
	session := s.connect("c")
	require.NoError(s, s.p.Delete(s.ctx, "c"))
	require.Error(s, session.Ping(s.ctx), "its connections break")
	_, err := pgx.Connect(s.ctx, url)
	require.Error(s, err, "its URL is dead")
	s.refuses(s.p.Delete(s.ctx, "c"), branch.ErrNotFound, "c")

	require.NoError(s, s.p.Delete(s.ctx, b.ID))
	again := s.create("b", branch.CreateOptions{})
	require.NotEqual(s, b.ID, again.ID, "an id is never reused")
	list, err := s.p.List(s.ctx)
	require.NoError(s, err)
	require.Len(s, list, 2)
	require.Equal(s, 3, s.count(root))
}
