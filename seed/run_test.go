package seed_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/seed"
)

func TestRun(t *testing.T) {
	t.Parallel()
	db := open(t)
	var last seed.Progress
	res, err := seed.Run(t.Context(), db.URL, family(), seed.Config{Scale: 250, ChunkRows: 100, Progress: func(p seed.Progress) {
		require.GreaterOrEqual(t, p.Rows, last.Rows)
		require.LessOrEqual(t, p.TableRows, p.TableTotal)
		last = p
	}})
	require.NoError(t, err)
	require.EqualValues(t, 750, res.Rows)
	require.EqualValues(t, 750, res.Inserted)
	require.Equal(t, []seed.TableResult{{Name: "parent", Rows: 250}, {Name: "public.child", Rows: 500}}, res.Tables)
	require.False(t, res.AlreadyDone || res.Resumed || res.Reset)
	require.EqualValues(t, 750, last.Rows)
	require.Equal(t, 250, query[int](t, db, "select count(*) from parent"))
	require.Equal(t, 500, query[int](t, db, "select count(*) from child"))
	require.Equal(t, 251, query[int](t, db, "insert into parent (name, mood, born) values ('x', 'good', now()) returning id"), "the identity goes on")
	require.Equal(t, 500, query[int](t, db, "select reltuples from pg_class where relname = 'child'"), "analyzed")
}

func TestRunTwiceIsNoOp(t *testing.T) {
	t.Parallel()
	db := open(t)
	cfg := seed.Config{Scale: 30}
	_, err := seed.Run(t.Context(), db.URL, family(), cfg)
	require.NoError(t, err)
	before := content(t, db)
	mustExec(t, db, "update parent set name = 'changed by the user' where id = 1")
	res, err := seed.Run(t.Context(), db.URL, family(), cfg)
	require.NoError(t, err)
	require.True(t, res.AlreadyDone)
	require.Zero(t, res.Inserted)
	require.NotEqual(t, before, content(t, db), "what the user changed stays")

	cfg.Reset = true
	res, err = seed.Run(t.Context(), db.URL, family(), cfg)
	require.NoError(t, err)
	require.True(t, res.Reset)
	require.False(t, res.AlreadyDone)
	require.EqualValues(t, 90, res.Inserted)
	require.Equal(t, before, content(t, db))
}

// The number of workers and rows in a chunk must not show.
func TestRunSameRows(t *testing.T) {
	t.Parallel()
	one := want(t, seed.Config{Scale: 77, ChunkRows: 1000, Workers: 1})
	require.Equal(t, one, want(t, seed.Config{Scale: 77, ChunkRows: 7, Workers: 5}))
	require.NotEqual(t, one, want(t, seed.Config{Scale: 77, Seed: 2}))
}

func TestRunEmptiesNothingOfOthers(t *testing.T) {
	t.Parallel()
	db := open(t)
	mustExec(t, db, "create table fan (id int, parent_id bigint references parent (id))")
	_, err := seed.Run(t.Context(), db.URL, family(), seed.Config{Scale: 3})
	require.NoError(t, err)
	mustExec(t, db, "insert into fan values (1, 2)")
	_, err = seed.Run(t.Context(), db.URL, family(), seed.Config{Scale: 3, Reset: true})
	require.ErrorIs(t, err, seed.ErrReferenced)
	require.ErrorContains(t, err, "fan -> parent")
	requireHint(t, err, "branch")
	require.Equal(t, 3, query[int](t, db, "select count(*) from parent"))
}

func TestRunTwoAtOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	cfg := seed.Config{Scale: 40, ChunkRows: 10}
	waiting, second := make(chan struct{}), make(chan *seed.Result, 1)
	started := false
	cfg.Progress = func(p seed.Progress) {
		if started || p.Waiting {
			return
		}
		// The first run stands still until the second one waits for it.
		started = true
		go func() {
			other := cfg
			other.Progress = func(p seed.Progress) {
				if p.Waiting {
					close(waiting)
				}
			}
			res, err := seed.Run(context.Background(), db.URL, family(), other)
			if err != nil {
				t.Error(err)
			}
			second <- res
		}()
		<-waiting
	}
	res, err := seed.Run(t.Context(), db.URL, family(), cfg)
	require.NoError(t, err)
	require.EqualValues(t, 120, res.Inserted)
	require.True(t, (<-second).AlreadyDone)
}

// A run that ended holds nobody up, not even while its backend goes away.
func TestRunLeavesNoLock(t *testing.T) {
	t.Parallel()
	db := open(t)
	for range 30 {
		_, err := seed.Run(t.Context(), db.URL, family(), seed.Config{Scale: 2})
		require.NoError(t, err)
		require.Zero(t, query[int](t, db, `select count(*) from pg_locks where locktype = 'advisory'
			and database = (select oid from pg_database where datname = current_database())`))
	}
}
