package branchtest

import (
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/stretchr/testify/require"
)

func testCopy(s *suite) {
	root := s.root()
	s.items(root.Name, 100)
	before := time.Now()
	b := s.create("child", branch.CreateOptions{})
	require.Equal(s, root.ID, b.ParentID)
	require.False(s, b.Default)
	require.Equal(s, branch.Active, b.State)
	_, err := branch.ParseLSN(b.ParentLSN)
	require.NoError(s, err)
	require.WithinRange(s, b.ParentTime, before.Add(-time.Second), time.Now().Add(time.Second))
	require.Equal(s, 100, s.count("child"))
	require.NotEqual(s, s.endpoint(root.Name).URL, s.endpoint("child").URL)

	// Neither sees what the other does.
	s.exec("child", `INSERT INTO item VALUES (101)`)
	s.exec("child", `CREATE TABLE only_child ()`)
	s.exec(root.Name, `DELETE FROM item WHERE id <= 50`)
	require.Equal(s, 50, s.count(root.Name))
	require.Equal(s, 101, s.count("child"))
	require.False(s, one[bool](s, root.Name, `SELECT to_regclass('only_child') IS NOT NULL`))

	// Roles are part of a branch.
	s.exec("child", `CREATE ROLE only_child`)
	require.Equal(s, 0, one[int](s, root.Name, `SELECT count(*) FROM pg_roles WHERE rolname = 'only_child'`))
	grand := s.create("grandchild", branch.CreateOptions{Parent: "child"})
	require.Equal(s, b.ID, grand.ParentID)
	require.Equal(s, 101, s.count(grand.ID))
	require.Equal(s, 1, one[int](s, "grandchild", `SELECT count(*) FROM pg_roles WHERE rolname = 'only_child'`))
}

func testParentStaysOnline(s *suite) {
	root := s.root().Name
	s.items(root, 10)
	conn := s.connect(root)
	pid := oneOf[int](s, conn, `SELECT pg_backend_pid()`)
	tx, err := conn.Begin(s.ctx)
	require.NoError(s, err)
	_, err = tx.Exec(s.ctx, `INSERT INTO item VALUES (11)`)
	require.NoError(s, err)
	_, err = tx.Exec(s.ctx, `SET LOCAL application_name = 'kept'`)
	require.NoError(s, err)

	s.create("child", branch.CreateOptions{})
	require.Equal(s, 10, s.count("child"), "what was not committed is not in the copy")

	require.Equal(s, "kept", oneOf[string](s, conn, `SHOW application_name`))
	require.NoError(s, tx.Commit(s.ctx))
	require.Equal(s, pid, oneOf[int](s, conn, `SELECT pg_backend_pid()`))
	require.Equal(s, 11, s.count(root))
	require.Equal(s, 10, s.count("child"))
}
