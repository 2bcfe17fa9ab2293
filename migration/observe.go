package migration

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"ariga.io/atlas/sql/migrate"
	"github.com/espalier-go/espalier/migration/lint"
	"github.com/jackc/pgx/v5/pgconn"
)

// observer runs statements on a database and notes what Postgres does: the
// locks from the inside, before the transaction ends, rewrites by the file that
// a table is kept in, scans by the backend's own counters. So it is right for
// the very version of Postgres it runs on, and no SQL is parsed.
type observer struct {
	s *session
	// existing tells which relations count.
	existing func(oid uint32) bool
	last     *factsAt
	// measure, where set, is called inside the statement's transaction.
	measure func(ctx context.Context) error
}

// statement runs one statement in a transaction of its own, or, where Postgres
// refuses that, in none. It returns the facts also when the statement fails;
// the error is one of the connection, or of ctx.
func (o *observer) statement(ctx context.Context, f migrate.File, d *migrate.Stmt, index int) (*lint.Statement, error) {
	text := string(f.Bytes())
	st := &lint.Statement{Text: d.Text, Comments: d.Comments, Index: index, Line: lineAt(text, stmtPos(text, d))}
	if o.last == nil {
		var err error
		if o.last, err = o.s.facts(ctx, nil); err != nil {
			return nil, err
		}
	}
	before := o.last
	st.Before, st.After = before.catalog, before.catalog
	o.s.onNotice = func(n *pgconn.Notice) {
		if n.Code == "42622" { // name_too_long: identifier "…" will be truncated to "…"
			st.Truncated = append(st.Truncated, quotedIn(n.Message))
		}
	}
	err := o.inside(ctx, d.Text, st)
	if sqlState(err) == "25001" {
		err = o.gated(ctx, d.Text, st)
	}
	o.s.onNotice = nil
	st.Truncated = slices.Compact(st.Truncated)
	if err != nil {
		if sqlState(err) == "" || ctx.Err() != nil {
			return nil, fmt.Errorf("%s:%d: %w", f.Name(), st.Line, err)
		}
		st.State, st.Err, st.Fails = sqlState(err), message(err), true
		return st, nil
	}
	if o.last, err = o.s.facts(ctx, before); err != nil {
		return nil, err
	}
	st.After = o.last.catalog
	for oid, r := range st.After.Relations {
		if old := st.Before.Relations[oid]; old != nil && old.Filenode != r.Filenode && r.Filenode != 0 && o.existing(oid) {
			st.Rewritten = append(st.Rewritten, oid)
		}
	}
	slices.Sort(st.Rewritten)
	return st, nil
}

// inside runs the statement in a transaction and looks around before it ends.
func (o *observer) inside(ctx context.Context, text string, st *lint.Statement) (err error) {
	if _, err := o.s.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = o.s.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	scans, err := o.scans(ctx)
	if err != nil {
		return err
	}
	if _, err := o.s.ExecContext(ctx, text); err != nil {
		return err
	}
	if st.Locks, err = o.locks(ctx, o.s, st, "pg_catalog.pg_backend_pid()"); err != nil {
		return err
	}
	after, err := o.scans(ctx)
	if err != nil {
		return err
	}
	for oid, n := range after {
		if n > scans[oid] && st.Before.Relations[oid] != nil && o.existing(oid) {
			st.Scanned = append(st.Scanned, oid)
		}
	}
	slices.Sort(st.Scanned)
	if o.measure != nil {
		if err := o.measure(ctx); err != nil {
			return err
		}
	}
	_, err = o.s.ExecContext(ctx, "COMMIT")
	return err
}

// locks reads the table locks of a backend, the strongest of each table.
func (o *observer) locks(ctx context.Context, s *session, st *lint.Statement, pid string) ([]lint.Lock, error) {
	rows, err := s.conn.QueryContext(ctx, `SELECT relation::bigint, mode FROM pg_catalog.pg_locks
		WHERE locktype = 'relation' AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) AND pid = `+pid)
	if err != nil {
		return nil, fmt.Errorf("read the locks: %w", err)
	}
	defer rows.Close()
	strongest := make(map[uint32]lint.LockMode)
	for rows.Next() {
		var oid uint32
		var mode string
		if err := rows.Scan(&oid, &mode); err != nil {
			return nil, fmt.Errorf("read the locks: %w", err)
		}
		if st.Before.Relations[oid] != nil && o.existing(oid) {
			strongest[oid] = max(strongest[oid], lint.ParseLockMode(mode))
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the locks: %w", err)
	}
	var out []lint.Lock
	for _, oid := range slices.Sorted(maps.Keys(strongest)) {
		out = append(out, lint.Lock{Mode: strongest[oid], Table: st.Before.Relations[oid].String(), OID: oid})
	}
	slices.SortStableFunc(out, func(a, b lint.Lock) int { return int(b.Mode - a.Mode) })
	return out, nil
}

// scans reads the backend's own counters of sequential scans.
func (o *observer) scans(ctx context.Context) (map[uint32]int64, error) {
	rows, err := o.s.conn.QueryContext(ctx, `SELECT relid::bigint, seq_scan FROM pg_catalog.pg_stat_xact_user_tables WHERE seq_scan > 0`)
	if err != nil {
		return nil, fmt.Errorf("read the counters of scans: %w", err)
	}
	defer rows.Close()
	out := make(map[uint32]int64)
	for rows.Next() {
		var oid uint32
		var n int64
		if err := rows.Scan(&oid, &n); err != nil {
			return nil, fmt.Errorf("read the counters of scans: %w", err)
		}
		out[oid] = n
	}
	return out, rows.Err()
}
