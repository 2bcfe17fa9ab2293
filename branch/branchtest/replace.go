package branchtest

import (
	"context"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// sameBranch checks what a Reset or Restore must not change.
func (s *suite) sameBranch(before, after branch.Branch, url string) {
	s.Helper()
	require.Equal(s, before.ID, after.ID)
	require.Equal(s, before.Name, after.Name)
	require.Equal(s, before.ParentID, after.ParentID)
	require.True(s, before.CreatedAt.Equal(after.CreatedAt))
	require.Equal(s, branch.Active, after.State)
	require.Equal(s, url, s.endpoint(before.Name).URL)
	conn, err := pgx.Connect(s.ctx, url)
	require.NoError(s, err, "the URL still works")
	conn.Close(context.WithoutCancel(s.ctx))
}

func testReset(s *suite) {
	root := s.root().Name
	s.items(root, 10)
	b := s.create("child", branch.CreateOptions{})
	url := s.endpoint("child").URL
	session := s.connect("child")
	s.exec("child", `INSERT INTO item VALUES (100)`)
	if !s.resetNeedsNoChildren {
		s.create("grandchild", branch.CreateOptions{Parent: "child"})
	}
	s.exec(root, `INSERT INTO item VALUES (11), (12)`)

	after, err := s.p.Reset(s.ctx, "child")
	require.NoError(s, err)
	s.sameBranch(b, after, url)
	require.Equal(s, 12, s.count("child"))
	require.False(s, after.ParentTime.Before(b.ParentTime))
	require.Error(s, session.Ping(s.ctx), "its connections break")

	want := 12
	if s.resetNeedsNoChildren {
		want = 11
		s.create("grandchild", branch.CreateOptions{Parent: "child"})
		s.exec("child", `DELETE FROM item WHERE id = 12`)
		_, err = s.p.Reset(s.ctx, "child")
		s.refuses(err, branch.ErrHasChildren, "child")
		require.Equal(s, 11, s.count("child"), "what is refused changes nothing")
		require.Equal(s, 12, s.count("grandchild"))
	} else {
		require.Equal(s, 11, s.count("grandchild"), "children keep their data")
	}
	require.Equal(s, b.ID, s.get("grandchild").ParentID)
	_, err = s.p.Reset(s.ctx, "grandchild")
	require.NoError(s, err)
	require.Equal(s, want, s.count("grandchild"))

	s.exec("child", `DELETE FROM item`)
	if s.resetNeedsNoChildren {
		require.NoError(s, s.p.Delete(s.ctx, "grandchild"))
	}
	require.Equal(s, 12, s.count(root))
	_, err = s.p.Reset(s.ctx, b.ID)
	require.NoError(s, err, "and again, by id")
	require.Equal(s, 12, s.count("child"))

	_, err = s.p.Reset(s.ctx, root)
	s.refuses(err, branch.ErrRoot, root)
	require.Equal(s, 12, s.count(root))
}

func testRestoreItself(s *suite) {
	root := s.root()
	s.items(root.Name, 10)
	url := s.endpoint(root.Name).URL
	at := s.past(root.Name)
	s.exec(root.Name, `DELETE FROM item WHERE id > 3`)
	session := s.connect(root.Name)

	_, err := s.p.Restore(s.ctx, root.Name, branch.RestoreOptions{})
	s.refuses(err, branch.ErrInvalidPoint, root.Name)
	_, err = s.p.Restore(s.ctx, root.Name, branch.RestoreOptions{Source: root.ID})
	s.refuses(err, branch.ErrInvalidPoint, root.Name)
	require.NoError(s, session.Ping(s.ctx), "what is refused changes nothing")

	after, err := s.p.Restore(s.ctx, root.Name, branch.RestoreOptions{At: branch.Point{Time: at}})
	require.NoError(s, err)
	s.sameBranch(root, after, url)
	require.True(s, after.Default)
	require.Equal(s, 10, s.count(root.Name))
	require.Error(s, session.Ping(s.ctx))

	// It is writable, and the history goes on from here.
	s.exec(root.Name, `INSERT INTO item VALUES (11)`)
	s.history(root.Name)
	lsn := one[string](s, root.Name, `SELECT pg_current_wal_insert_lsn()::text`)
	s.exec(root.Name, `DROP TABLE item`)
	_, err = s.p.Restore(s.ctx, root.Name, branch.RestoreOptions{At: branch.Point{LSN: lsn}})
	require.NoError(s, err)
	require.Equal(s, 11, s.count(root.Name))
}

func testRestoreFromAnother(s *suite) {
	root := s.root().Name
	s.items(root, 5)
	at := s.past(root)
	b := s.create("b", branch.CreateOptions{})
	url := s.endpoint("b").URL
	s.create("other", branch.CreateOptions{})
	s.exec("other", `INSERT INTO item VALUES (6), (7)`)
	s.exec(root, `DELETE FROM item`)

	after, err := s.p.Restore(s.ctx, "b", branch.RestoreOptions{Source: "other"})
	require.NoError(s, err)
	s.sameBranch(b, after, url)
	require.Equal(s, 7, s.count("b"), "the head of the source")

	after, err = s.p.Restore(s.ctx, "b", branch.RestoreOptions{Source: root, At: branch.Point{Time: at}})
	require.NoError(s, err)
	s.sameBranch(b, after, url)
	require.Equal(s, 5, s.count("b"), "the source's past")
	require.Equal(s, 7, s.count("other"))
	require.Equal(s, 0, s.count(root))
}

func testRestorePreserves(s *suite) {
	root := s.root()
	s.items(root.Name, 5)
	at := s.past(root.Name)
	url := s.endpoint(root.Name).URL
	s.exec(root.Name, `INSERT INTO item VALUES (6)`)
	child := s.create("child", branch.CreateOptions{})
	point := branch.Point{Time: at}

	_, err := s.p.Restore(s.ctx, root.Name, branch.RestoreOptions{At: point})
	s.refuses(err, branch.ErrHasChildren, root.Name)
	_, err = s.p.Restore(s.ctx, root.Name, branch.RestoreOptions{At: point, PreserveAs: "child"})
	s.refuses(err, branch.ErrExists, "child")
	_, err = s.p.Restore(s.ctx, root.Name, branch.RestoreOptions{At: point, PreserveAs: "-x"})
	s.refuses(err, branch.ErrInvalidName, "-x")
	require.Equal(s, 6, s.count(root.Name))

	after, err := s.p.Restore(s.ctx, root.Name, branch.RestoreOptions{At: point, PreserveAs: "before"})
	require.NoError(s, err)
	s.sameBranch(root, after, url)
	require.Equal(s, 5, s.count(root.Name))
	require.Equal(s, 6, s.count("before"))
	require.Equal(s, 6, s.count("child"))
	kept := s.get("before")
	require.Equal(s, root.ID, kept.ParentID)
	require.Equal(s, kept.ID, s.get("child").ParentID, "the children go with the old state")
	require.NotEqual(s, url, s.endpoint("before").URL)

	// The old state keeps its history, and is a parent like any other.
	s.create("older", branch.CreateOptions{Parent: "before", At: point})
	require.Equal(s, 5, s.count("older"))
	s.exec("before", `INSERT INTO item VALUES (7)`)
	_, err = s.p.Reset(s.ctx, child.ID)
	require.NoError(s, err)
	require.Equal(s, 7, s.count("child"))

	// The same for a branch that is not the root.
	s.exec("child", `INSERT INTO item VALUES (8)`)
	_, err = s.p.Restore(s.ctx, "child", branch.RestoreOptions{Source: root.Name, PreserveAs: "child before"})
	require.NoError(s, err)
	require.Equal(s, 5, s.count("child"))
	require.Equal(s, 8, s.count("child before"))
	require.Equal(s, kept.ID, s.get("child before").ParentID)
	require.WithinDuration(s, time.Now(), s.get("child before").CreatedAt, patience)
}
