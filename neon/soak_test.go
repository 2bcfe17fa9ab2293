package neon_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/neon"
)

// TestSoak ends all sessions again and again while clients read and write
// numbered rows: no reader sees it, no write happens twice, none is lost after
// success was reported.
func TestSoak(t *testing.T) {
	t.Parallel()
	const clients, kills = 8, 25
	w := openWire(t, &neon.Config{MaxConns: clients / 2})
	w.exec(t, "CREATE TABLE done (client int, n int, how text)")
	ctx := t.Context()
	var stop atomic.Bool
	var wg sync.WaitGroup
	var mu sync.Mutex
	reported, unknown := map[string]bool{}, map[string]bool{}
	var reads atomic.Int64
	errs := make(chan error, 2*clients)
	for c := range clients {
		wg.Go(func() {
			for n := 0; !stop.Load(); n++ {
				var err error
				if n%2 == 0 {
					err = w.drv.Exec(ctx, "INSERT INTO done VALUES ($1, $2, 'alone')", []any{c, n}, nil)
				} else {
					err = inTx(ctx, w.drv, c, n)
				}
				if neon.IsRetryableTx(err) && n%2 == 1 {
					// The transaction is gone for certain: its number may be used again.
					n--
					continue
				}
				mu.Lock()
				switch {
				case err == nil:
					reported[fmt.Sprint(c, " ", n)] = true
				case neon.IsUnknownCommit(err):
					unknown[fmt.Sprint(c, " ", n)] = true
				default:
					errs <- fmt.Errorf("write %d: %w", n, err)
					stop.Store(true)
				}
				mu.Unlock()
			}
		})
		wg.Go(func() {
			for !stop.Load() {
				if _, err := oneOf[int](ctx, w.drv, "SELECT count(*) FROM done WHERE client = $1", c); err != nil {
					errs <- fmt.Errorf("read: %w", err)
					stop.Store(true)
				}
				reads.Add(1)
			}
		})
	}
	for range kills {
		time.Sleep(50 * time.Millisecond)
		w.killBackends(t)
	}
	stop.Store(true)
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	rows, err := w.db.SQL().Query("SELECT client || ' ' || n, count(*) FROM done GROUP BY 1")
	require.NoError(t, err)
	defer rows.Close()
	seen := map[string]bool{}
	for rows.Next() {
		var key string
		var n int
		require.NoError(t, rows.Scan(&key, &n))
		require.Equal(t, 1, n, "%s was written twice", key)
		require.True(t, reported[key] || unknown[key], "%s was written and nobody knows", key)
		seen[key] = true
	}
	require.NoError(t, rows.Err())
	for key := range reported {
		require.True(t, seen[key], "%s was reported and is not there", key)
	}
	require.Greater(t, w.Opened(), kills/2, "the sessions were ended")
	t.Logf("%d writes, %d of unknown outcome, %d reads, %d connections", len(reported), len(unknown), reads.Load(), w.Opened())
	w.idle(t)
}

func inTx(ctx context.Context, drv *neon.Driver, c, n int) error {
	tx, err := drv.Tx(ctx)
	if err != nil {
		return err
	}
	if err := tx.Exec(ctx, "INSERT INTO done VALUES ($1, $2, 'with begin')", []any{c, n}, nil); err != nil {
		_ = tx.Rollback()
		return err
	}
	if _, err := oneOf[int](ctx, tx, "SELECT count(*) FROM done WHERE client = $1", c); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}
