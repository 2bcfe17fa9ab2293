package localbranch

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
	"github.com/jackc/pgx/v5"
)

// prepareRecovery fills the cluster dst with a base of the source and returns
// the settings under which its server recovers to the point and then opens for
// writing. The source runs on: the log is read from its pg_wal.
func (p *Provider) prepareRecovery(ctx context.Context, srv *pglocal.Server, source *record, at branch.Point, dst string) (map[string]string, error) {
	bases, err := p.bases(source.Cluster)
	if err != nil {
		return nil, err
	}
	if err := reachable(ctx, srv, source, bases, at); err != nil {
		return nil, err
	}
	b, _ := pickBase(bases, at)
	owner := srv.Identity()
	if _, err := pglocal.CopyTree(ctx, filepath.Join(b.dir, "data"), filepath.Join(p.clusterDir(dst), "data"), pglocal.CopyOptions{Owner: &owner}); err != nil {
		return nil, err
	}
	if err := writeOwned(filepath.Join(p.clusterDir(dst), "data", "recovery.signal"), nil, owner); err != nil {
		return nil, err
	}
	settings := map[string]string{
		"restore_command":          restoreCommand(filepath.Join(srv.DataDir(), "pg_wal")),
		"recovery_target_timeline": "current",
		"recovery_target_action":   "promote",
	}
	if at.LSN != "" {
		// What ends at the LSN is in, what begins there is not.
		settings["recovery_target_lsn"] = at.LSN
		settings["recovery_target_inclusive"] = "off"
	} else {
		settings["recovery_target_time"] = at.Time.UTC().Format("2006-01-02 15:04:05.000000+00")
	}
	return settings, nil
}

// restoreCommand copies a segment out of a folder whose name may hold anything.
func restoreCommand(folder string) string {
	folder = strings.ReplaceAll(folder, "%", "%%")
	quoted := "'" + strings.ReplaceAll(folder, "'", `'\''`)
	return "cp " + quoted + `/%f' "%p"`
}

// reachable checks that the point lies in the source's history, and writes to
// the log what recovery needs behind it to know that it got there.
func reachable(ctx context.Context, srv *pglocal.Server, source *record, bases []base, at branch.Point) error {
	outside := func(format string, args ...any) error {
		fix := "the history of " + source.Name + " begins when its base snapshot is taken: try again in a moment"
		if len(bases) > 0 {
			fix = fmt.Sprintf("the history of %s goes back to %s (LSN %s)", source.Name,
				bases[0].Time.Format(time.RFC3339Nano), bases[0].StopLSN)
		}
		return &branch.Error{Op: "go back on", Branch: source.Name, Fix: fix,
			Err: fmt.Errorf("%w: "+format, append([]any{branch.ErrOutOfHistory}, args...)...)}
	}
	conn, err := pgx.Connect(ctx, srv.AdminConnString("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, ok := pickBase(bases, at); !ok {
		return outside("%s is before it", at)
	}
	var kept, future bool
	err = conn.QueryRow(ctx, `SELECT
		EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1 AND wal_status IS DISTINCT FROM 'lost' AND restart_lsn IS NOT NULL),
		coalesce($2::timestamptz >= clock_timestamp(), false) OR coalesce($3::text::pg_lsn > pg_current_wal_insert_lsn(), false)`,
		historySlot, nullTime(at.Time), nullString(at.LSN)).Scan(&kept, &future)
	switch {
	case err != nil:
		return err
	case !kept:
		bases = nil
		return outside("more was written since than is kept")
	case future:
		return outside("%s is in the future", at)
	}
	// Recovery to a time ends at the first commit after it, to an LSN at the
	// first record from it on; the switch completes the segment with both.
	if _, err := conn.Exec(ctx, `SELECT pg_logical_emit_message(true, 'espalier', 'end of recovery')`); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `SELECT pg_switch_wal()`)
	return err
}

func nullTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.Truncate(time.Microsecond)
	return &t
}

func nullString(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// awaitPromotion waits until a recovering server is open for writing, and
// returns where the recovery ended and the time of the last commit in it.
func (p *Provider) awaitPromotion(ctx context.Context, srv *pglocal.Server, cluster string) (lsn string, last time.Time, err error) {
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		lsn, last, recovering, err := recovery(ctx, srv)
		if err == nil && !recovering {
			return lsn, last, nil
		}
		if err != nil {
			status, inspectErr := pglocal.Inspect(p.clusterDir(cluster))
			if inspectErr == nil && !status.Running {
				return "", last, fmt.Errorf("the recovery ended early: %w", err)
			}
		}
		select {
		case <-ctx.Done():
			return "", last, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

func recovery(ctx context.Context, srv *pglocal.Server) (lsn string, last time.Time, recovering bool, err error) {
	conn, err := pgx.Connect(ctx, srv.AdminConnString("postgres"))
	if err != nil {
		return "", last, false, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var at *time.Time
	err = conn.QueryRow(ctx, `SELECT coalesce(pg_last_wal_replay_lsn()::text, ''), pg_last_xact_replay_timestamp(), pg_is_in_recovery()`).
		Scan(&lsn, &at, &recovering)
	if at != nil {
		last = at.UTC()
	}
	return lsn, last, recovering, err
}
