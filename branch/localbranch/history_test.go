package localbranch

import (
	"os"
	"testing"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/stretchr/testify/require"
)

// The history is bounded: past MaxHistory the older half goes, the newer half
// can still be reached.
func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	const limit = 8 << 20
	p := openIn(t, projectDir(t), Config{MaxHistory: limit})
	_, err := p.Init(t.Context())
	require.NoError(t, err)
	exec1(t, p, "main", `CREATE TABLE item AS SELECT generate_series(1, 5) AS id`)
	exec1(t, p, "main", `CREATE TABLE filler (x text)`)
	main := p.mustFind("main")
	first := time.Now()
	var last time.Time
	for range 4 {
		exec1(t, p, "main", `INSERT INTO filler SELECT repeat(md5(i::text), 16) FROM generate_series(1, 10000) AS i`)
		last = time.Now()
		time.Sleep(10 * time.Millisecond)
		require.NoError(t, p.keepHistory(t.Context(), main.ID))
		p.background.Wait()
	}
	exec1(t, p, "main", `DELETE FROM item`)
	bases, err := p.bases(main.Cluster)
	require.NoError(t, err)
	require.Len(t, bases, 2)
	require.True(t, bases[0].Time.After(first))
	_, err = os.Stat(p.clusterDir(main.Cluster) + "/base-1")
	require.ErrorIs(t, err, os.ErrNotExist)

	_, err = p.Create(t.Context(), "x", branch.CreateOptions{At: branch.Point{Time: first}})
	require.ErrorIs(t, err, branch.ErrOutOfHistory)
	require.Contains(t, hint(t, err), "the history of main goes back to")
	s, err := p.Status(t.Context())
	require.NoError(t, err)
	require.True(t, s.Branches[0].HistoryFrom.Equal(bases[0].Time))
	if !last.Before(bases[0].Time) {
		_, err = p.Create(t.Context(), "x", branch.CreateOptions{At: branch.Point{Time: last}})
		require.NoError(t, err)
		require.Equal(t, 5, rows(t, p, "x"))
	}
}

// A history whose log was given up by Postgres itself begins anew.
func TestLostHistoryBeginsAnew(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	exec1(t, p, "main", `CREATE TABLE item AS SELECT generate_series(1, 5) AS id`)
	main := p.mustFind("main")
	before, err := p.bases(main.Cluster)
	require.NoError(t, err)
	require.Len(t, before, 1)
	at := time.Now()
	superuser(t, p, main, `SELECT pg_drop_replication_slot('espalier_history')`)
	_, err = p.Create(t.Context(), "x", branch.CreateOptions{At: branch.Point{Time: at}})
	require.ErrorIs(t, err, branch.ErrOutOfHistory)
	require.NotEmpty(t, hint(t, err))

	require.NoError(t, p.keepHistory(t.Context(), main.ID))
	after, err := p.bases(main.Cluster)
	require.NoError(t, err)
	require.Len(t, after, 1)
	require.True(t, after[0].Time.After(before[0].Time))
	at = time.Now()
	time.Sleep(10 * time.Millisecond)
	exec1(t, p, "main", `DELETE FROM item`)
	_, err = p.Create(t.Context(), "x", branch.CreateOptions{At: branch.Point{Time: at}})
	require.NoError(t, err)
	require.Equal(t, 5, rows(t, p, "x"))
}
