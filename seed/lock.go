package seed

import (
	"context"
	"time"
)

// lock takes the advisory lock of all seed runs of this database, which ends
// with the session.
// After a lost connection the server may not know yet that it is lost: then
// its backend, last, still holds the lock, and is ended. Only with the lock in
// hand it is certain whether last's COMMIT came through.
func (s *session) lock(ctx context.Context, last backend, waiting func()) error {
	key := int64(NewStream("espalier seed"))
	for told := false; ; {
		var got bool
		if err := s.conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", key).Scan(&got); err != nil || got {
			return err
		}
		var ended int
		err := s.conn.QueryRow(ctx, `select count(pg_terminate_backend(a.pid)) from pg_stat_activity a
			where a.pid = $1 and a.backend_start = $2 and a.datname = current_database()`, last.pid, last.started).Scan(&ended)
		if err != nil {
			return err
		}
		if ended == 0 && !told {
			told = true
			waiting()
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
