package migration

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// applyLock is the name of the advisory lock of the Atlas command line: of all
// appliers, theirs or ours, one at a time works on a database.
const applyLock = "atlas_migrate_execute"

// lock takes the session's advisory lock and waits for it up to wait. It asks
// again and again, because a session that waits inside Postgres would hold up
// the holder's CREATE INDEX CONCURRENTLY. waiting is called once when it
// isn't free. The lock ends with the session.
func (s *session) lock(ctx context.Context, name string, wait time.Duration, waiting func()) error {
	h := fnv.New32()
	h.Write([]byte(name))
	deadline := time.Now().Add(wait)
	for pause := 25 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		var got bool
		if err := s.conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", int64(h.Sum32())).Scan(&got); err != nil {
			return fmt.Errorf("take the migration lock: %w", err)
		}
		if got {
			return nil
		}
		if waiting != nil {
			waiting()
			waiting = nil
		}
		if time.Now().After(deadline) {
			return hinted(fmt.Errorf("%w: waited %s for its lock", ErrLocked, wait),
				"wait until it is done, then apply again; a session that hangs is the one in pg_locks with locktype 'advisory'")
		}
		if err := sleep(ctx, pause+rand.N(pause)); err != nil {
			return fmt.Errorf("wait for the migration lock: %w", err)
		}
	}
}
