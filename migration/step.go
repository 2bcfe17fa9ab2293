package migration

import (
	"context"
	"database/sql"

	"ariga.io/atlas/sql/migrate"
)

// A file without a transaction still puts each statement and its record into
// one, where Postgres lets it: whenever the applier dies, a statement has run
// and is recorded, or neither.

// stepRevisions ends the transaction that driver.step began.
type stepRevisions struct {
	*revisions
	d *driver
}

// WriteRevision implements migrate.RevisionReadWriter.
func (r *stepRevisions) WriteRevision(ctx context.Context, rev *migrate.Revision) error {
	err := r.revisions.WriteRevision(ctx, rev)
	if !r.d.open {
		return err
	}
	r.d.open = false
	if err != nil {
		r.d.r.rollback(ctx)
		return err
	}
	return r.d.r.commit(ctx)
}

// step runs a statement and leaves its transaction open for the record. What
// refuses a transaction runs without.
func (d *driver) step(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if _, recorded := d.r.revs.(*stepRevisions); !recorded || d.control || isConcurrent(query) {
		return d.alone(ctx, query, args...)
	}
	if _, err := d.r.s.ExecContext(ctx, "BEGIN"); err != nil {
		return nil, err
	}
	res, err := d.watched(ctx, query, args...)
	if err == nil && d.r.s.txStatus() == 'T' {
		d.open = true
		return res, nil
	}
	d.r.rollback(ctx)
	// active_sql_transaction: VACUUM and the like. invalid_transaction_termination:
	// a procedure that commits.
	if state := sqlState(err); (state == "25001" || state == "2D000") && ctx.Err() == nil {
		return d.alone(ctx, query, args...)
	}
	return res, err
}

// alone runs a statement in no transaction. CREATE INDEX CONCURRENTLY and its
// like wait as long as they need: they hold up nobody, and a timeout would
// leave an invalid index behind.
func (d *driver) alone(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if !isConcurrent(query) {
		return d.watched(ctx, query, args...)
	}
	if _, err := d.r.s.ExecContext(ctx, "SET lock_timeout = 0; SET statement_timeout = 0"); err != nil {
		return nil, err
	}
	skip, err := d.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	var res sql.Result = result(0)
	if !skip {
		res, err = d.watched(ctx, query, args...)
	}
	if err == nil {
		_, err = d.r.s.ExecContext(ctx, d.r.timeouts())
	}
	return res, err
}
