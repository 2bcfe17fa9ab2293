package localbranch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
	"github.com/jackc/pgx/v5"
)

// keepHistoryLater looks after the history of a woken branch without making its
// user wait. Close waits for it; where the process is killed, the next wake
// does the rest.
func (p *Provider) keepHistoryLater(ctx context.Context, r *record) {
	bases, err := p.bases(r.Cluster)
	if err == nil && len(bases) > 0 && p.logSize(r.Cluster) <= p.cfg.MaxHistory/2 {
		return
	}
	ctx = context.WithoutCancel(ctx)
	p.goBackground(func() {
		if err := p.keepHistory(ctx, r.ID); err != nil {
			p.log().Warn("keep the history", "branch", r.Name, "err", err)
		}
	})
}

// keepHistory takes a base snapshot of a running branch where it has none, and
// a further one once half of MaxHistory was written since the last. It keeps
// two and gives up the log before them. When another process is at it, or
// the branch is being replaced or idle again, it does nothing.
func (p *Provider) keepHistory(ctx context.Context, id string) error {
	// Who asked may still hold the lock; who holds it longer replaces the data.
	short, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	unlock, err := takeLocks(short, wanted{p.lockPath(id), shared})
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unlock()
	st, err := p.load()
	if err != nil {
		return err
	}
	r := st.find(id)
	if r == nil || r.State == branch.Creating {
		return nil
	}
	if status, err := pglocal.Inspect(p.clusterDir(r.Cluster)); err != nil || !status.Running {
		return err
	}
	srv, err := p.start(ctx, st.Major, r.Cluster, r.Port)
	if err != nil {
		return err
	}
	defer srv.Close()
	mine, err := tryAll([]wanted{{p.historyLock(r.Cluster), exclusive}})
	if mine == nil || err != nil {
		return err
	}
	defer release(mine)
	return p.rotate(ctx, srv, r.Cluster)
}

// rotate is keepHistory under its locks.
func (p *Provider) rotate(ctx context.Context, srv *pglocal.Server, cluster string) error {
	conn, err := pgx.Connect(ctx, srv.AdminConnString("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	bases, err := p.bases(cluster)
	if err != nil {
		return err
	}
	if bases, err = p.checkSlot(ctx, conn, bases); err != nil {
		return err
	}
	number := 1
	if n := len(bases); n > 0 {
		last := bases[n-1]
		var since int64
		err := conn.QueryRow(ctx, `SELECT (pg_current_wal_lsn() - $1::text::pg_lsn)::bigint`, last.StopLSN).Scan(&since)
		if err != nil || since <= p.cfg.MaxHistory/2 {
			return err
		}
		number = baseNumber(last.dir) + 1
	}
	p.hook("history:base")
	b, err := p.addBase(cluster, number, srv.Identity(), func(dst string) (snapshot, error) { return p.backup(ctx, srv, target{dir: dst}) })
	if err != nil {
		return err
	}
	p.log().Info("took a base snapshot", "cluster", cluster, "at", b.StopLSN, "bytes", b.Bytes)
	bases = append(bases, b)
	for len(bases) > 2 {
		if err := os.RemoveAll(bases[0].dir); err != nil {
			return err
		}
		bases = bases[1:]
	}
	_, err = conn.Exec(ctx, `SELECT pg_replication_slot_advance($1, $2::text::pg_lsn)
		FROM pg_replication_slots WHERE slot_name = $1 AND restart_lsn < $2::text::pg_lsn`, historySlot, bases[0].StartLSN)
	return err
}

// checkSlot makes the slot where there is none. Where the log it was to keep
// is gone, the bases before are worthless and the history begins anew.
func (p *Provider) checkSlot(ctx context.Context, conn *pgx.Conn, bases []base) ([]base, error) {
	var lost bool
	err := conn.QueryRow(ctx, `SELECT wal_status = 'lost' OR restart_lsn IS NULL FROM pg_replication_slots WHERE slot_name = $1`, historySlot).Scan(&lost)
	if err == nil && !lost {
		return bases, nil
	}
	if err != nil && err != pgx.ErrNoRows {
		return nil, err
	}
	for _, b := range bases {
		if err := os.RemoveAll(b.dir); err != nil {
			return nil, err
		}
	}
	if lost {
		p.log().Warn("more was written than the history may keep: it begins anew")
		if _, err := conn.Exec(ctx, `SELECT pg_drop_replication_slot($1)`, historySlot); err != nil {
			return nil, fmt.Errorf("drop the lost history: %w", err)
		}
	}
	return nil, makeSlot(ctx, conn)
}

// logSize is what a cluster's log takes on disk.
func (p *Provider) logSize(cluster string) int64 {
	entries, err := os.ReadDir(p.clusterDir(cluster) + "/data/pg_wal")
	if err != nil {
		return 0
	}
	var size int64
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
	}
	return size
}
