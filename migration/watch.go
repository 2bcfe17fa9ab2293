package migration

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// watchAfter is from when on a statement counts as long.
	watchAfter = time.Second
	// watchEvery is how often it is looked at.
	watchEvery = 500 * time.Millisecond
)

// watched runs a statement and, when it takes long, reports what it is at. The
// look comes from a second connection; where there is none to be had, only the
// time is reported.
func (d *driver) watched(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if d.r.silent || d.r.s.url == "" {
		return d.r.s.ExecContext(ctx, query, args...)
	}
	type outcome struct {
		res sql.Result
		err error
	}
	start, done := time.Now(), make(chan outcome, 1)
	go func() {
		res, err := d.r.s.ExecContext(ctx, query, args...)
		done <- outcome{res, err}
	}()
	timer := time.NewTimer(watchAfter)
	defer timer.Stop()
	var w *watcher
	defer func() { w.close() }()
	for {
		select {
		case o := <-done:
			return o.res, o.err
		case <-timer.C:
		}
		if w == nil {
			w = newWatcher(ctx, d.r.s)
		}
		e := Event{Kind: EventProgress, File: d.file, Stmt: query, Index: d.skipped + d.ran + 1, Total: len(d.stmts),
			Attempt: d.attempt, Duration: time.Since(start)}
		e.Detail, e.Percent = w.look(ctx)
		d.r.cfg.Progress(e)
		timer.Reset(watchEvery)
	}
}

// watcher looks at a session from another one.
type watcher struct {
	s   *session
	pid int64
}

func newWatcher(ctx context.Context, of *session) *watcher {
	w := &watcher{pid: int64(of.pid)}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if s, err := connect(ctx, of.url); err == nil {
		w.s = s
	}
	return w
}

func (w *watcher) close() {
	if w != nil && w.s != nil {
		_ = w.s.close()
	}
}

// watchSQL is what the session waits for, and how far it is with an index, a
// VACUUM FULL, CLUSTER or COPY.
const watchSQL = `SELECT
	(SELECT format('waiting for a lock that %s holds', string_agg(format('pid %s (%s for %s s)', b.pid, b.state, extract(epoch FROM now() - b.state_change)::int), ', '))
		FROM pg_catalog.pg_stat_activity b WHERE b.pid = ANY (pg_catalog.pg_blocking_pids($1))),
	(SELECT phase || '|' || CASE WHEN phase LIKE 'waiting%' THEN format('%s of %s', lockers_done, lockers_total) ELSE '' END
		|| '|' || CASE WHEN blocks_total > 0 THEN 100.0 * blocks_done / blocks_total WHEN tuples_total > 0 THEN 100.0 * tuples_done / tuples_total ELSE -1 END
		FROM pg_catalog.pg_stat_progress_create_index WHERE pid = $1),
	(SELECT phase || '||' || CASE WHEN heap_blks_total > 0 THEN 100.0 * heap_blks_scanned / heap_blks_total ELSE -1 END
		FROM pg_catalog.pg_stat_progress_cluster WHERE pid = $1)`

// look returns what the session is at, and the percentage of that, -1 where it
// isn't known.
func (w *watcher) look(ctx context.Context) (detail string, percent float64) {
	percent = -1
	if w.s == nil {
		return "", percent
	}
	var waits, index, cluster sql.NullString
	if err := w.s.conn.QueryRowContext(ctx, watchSQL, w.pid).Scan(&waits, &index, &cluster); err != nil {
		return "", percent
	}
	for _, text := range []string{index.String, cluster.String} {
		if parts := strings.Split(text, "|"); len(parts) == 3 {
			detail = strings.TrimSpace(parts[0] + " " + parts[1])
			if _, err := fmt.Sscan(parts[2], &percent); err != nil {
				percent = -1
			}
		}
	}
	if waits.Valid {
		detail = strings.TrimPrefix(detail+"; "+waits.String, "; ")
	}
	return detail, percent
}

// backend is the process id of the session's server process.
func (s *session) backend() (pid uint32) {
	_ = s.raw(func(c *pgx.Conn) error { pid = c.PgConn().PID(); return nil })
	return pid
}
