package branchtest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/stretchr/testify/require"
)

// mark is a moment between two commits of one writer.
type mark struct {
	rows int
	time time.Time
	lsn  string
}

// writeUnderLoad inserts rows into item one by one, while others write
// elsewhere, and returns the moments in between.
func (s *suite) writeUnderLoad(name string, from, rows int) []mark {
	s.Helper()
	ctx, stop := context.WithCancel(s.ctx)
	var noise sync.WaitGroup
	for i := range 3 {
		conn := s.connect(name)
		noise.Go(func() {
			for ctx.Err() == nil {
				_, _ = conn.Exec(ctx, fmt.Sprintf(`INSERT INTO noise SELECT %d, repeat('x', 500) FROM generate_series(1, 20)`, i))
			}
		})
	}
	conn := s.connect(name)
	var marks []mark
	for n := from; n < from+rows; n++ {
		_, err := conn.Exec(s.ctx, `INSERT INTO item VALUES ($1)`, n)
		require.NoError(s, err)
		m := mark{rows: n}
		require.NoError(s, conn.QueryRow(s.ctx, `SELECT clock_timestamp(), pg_current_wal_insert_lsn()::text`).Scan(&m.time, &m.lsn))
		marks = append(marks, m)
		// Past the microsecond that Postgres counts in.
		time.Sleep(100 * time.Microsecond)
	}
	stop()
	noise.Wait()
	return marks
}

func testPointInTime(s *suite) {
	root := s.root().Name
	s.items(root, 0)
	s.exec(root, `CREATE TABLE noise (writer int, filler text)`)
	marks := s.writeUnderLoad(root, 1, 60)
	s.exec(root, `DELETE FROM item`)

	for i, m := range []mark{marks[0], marks[29], marks[59]} {
		b := s.create(fmt.Sprintf("time-%d", i), branch.CreateOptions{At: branch.Point{Time: m.time}})
		require.Equal(s, m.rows, s.count(b.Name), "rows at %s", m.time)
		require.True(s, b.ParentTime.Equal(m.time), "%s is not %s", b.ParentTime, m.time)
		b = s.create(fmt.Sprintf("lsn-%d", i), branch.CreateOptions{At: branch.Point{LSN: m.lsn}})
		require.Equal(s, m.rows, s.count(b.Name), "rows at %s", m.lsn)
		_, err := branch.ParseLSN(b.ParentLSN)
		require.NoError(s, err)
	}
	require.Equal(s, 0, s.count(root), "the parent is as it was")

	// A copy of the past has a life of its own, and a history.
	s.exec("time-1", `INSERT INTO item VALUES (1000)`)
	s.history("time-1")
	marks = s.writeUnderLoad("time-1", 1001, 10)
	s.exec("time-1", `TRUNCATE item`)
	s.create("again", branch.CreateOptions{Parent: "time-1", At: branch.Point{LSN: marks[4].lsn}})
	require.Equal(s, 30+1+5, s.count("again"))
	s.create("head", branch.CreateOptions{Parent: "time-1"})
	require.Equal(s, 0, s.count("head"))
}

func testPointsOutside(s *suite) {
	root := s.root()
	s.items(root.Name, 1)
	outside := []branch.Point{
		{Time: root.CreatedAt.Add(-time.Hour)},
		{Time: time.Now().Add(time.Hour)},
		{LSN: "0/1"},
		{LSN: "FFFFFFFF/0"},
	}
	for _, at := range outside {
		_, err := s.p.Create(s.ctx, "x", branch.CreateOptions{At: at})
		s.refuses(err, branch.ErrOutOfHistory, at.String())
		_, err = s.p.Restore(s.ctx, root.Name, branch.RestoreOptions{At: at})
		s.refuses(err, branch.ErrOutOfHistory, at.String())
	}
	invalid := []branch.Point{{Time: time.Now(), LSN: "0/1"}, {LSN: "here"}, {LSN: "0/1'; DROP TABLE item; --"}}
	for _, at := range invalid {
		_, err := s.p.Create(s.ctx, "x", branch.CreateOptions{At: at})
		s.refuses(err, branch.ErrInvalidPoint, "")
		_, err = s.p.Restore(s.ctx, root.Name, branch.RestoreOptions{At: at})
		s.refuses(err, branch.ErrInvalidPoint, "")
	}
	list, err := s.p.List(s.ctx)
	require.NoError(s, err)
	require.Len(s, list, 1, "nothing is left of what was refused")
	require.Equal(s, 1, s.count(root.Name))
}
