package seed

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// progressDDL makes the table that is written in the transaction of each chunk.
const progressDDL = `
create schema if not exists espalier;
create table if not exists espalier.seed_progress (
	dataset     text primary key,
	version     integer not null,
	seed        bigint not null,
	scale       bigint not null,
	run         text not null,
	table_name  text not null,
	next_row    bigint not null,
	rows        bigint not null,
	started_at  timestamptz not null default now(),
	updated_at  timestamptz not null default now(),
	finished_at timestamptz
);
comment on table espalier.seed_progress is 'How far each data set of seed is';`

// state is a row of espalier.seed_progress.
type state struct {
	version  int
	seed     int64
	scale    int64
	run      string
	table    string
	next     int64
	rows     int64
	finished bool
}

// begin decides what is to be done and returns where to start.
func (r *run) begin(ctx context.Context, conn *pgx.Conn, plan []tablePlan) (state, error) {
	st, found, err := r.load(ctx, conn)
	if err != nil {
		return st, err
	}
	switch {
	case r.cfg.Reset && st.run != r.token:
		err = r.reset(ctx, conn, plan)
	case !found:
		if err = checkEmpty(ctx, conn, plan); err == nil {
			err = r.record(ctx, conn)
		}
	default:
		err = r.resume(ctx, conn, plan, st)
	}
	if err != nil {
		return st, err
	}
	if st.run != r.token && (r.cfg.Reset || !found) {
		st = r.first()
	}
	if !r.looked {
		r.looked, r.start = true, st.rows
	}
	r.rows = st.rows
	return st, nil
}

// first is the state of a run that has sent nothing.
func (r *run) first() state {
	return state{version: r.ds.Version, seed: r.cfg.Seed, scale: r.cfg.Scale, run: r.token, table: r.ds.Tables[0].Name}
}

func (r *run) load(ctx context.Context, conn *pgx.Conn) (st state, found bool, err error) {
	var there bool
	if err = conn.QueryRow(ctx, "select to_regclass('espalier.seed_progress') is not null").Scan(&there); err != nil {
		return st, false, err
	}
	if !there {
		_, err = conn.PgConn().Exec(ctx, progressDDL).ReadAll()
		return st, false, err
	}
	err = conn.QueryRow(ctx, `select version, seed, scale, run, table_name, next_row, rows, finished_at is not null
		from espalier.seed_progress where dataset = $1`, r.ds.Name).
		Scan(&st.version, &st.seed, &st.scale, &st.run, &st.table, &st.next, &st.rows, &st.finished)
	if err == pgx.ErrNoRows {
		return st, false, nil
	}
	return st, err == nil, err
}

// record writes the row of a run that begins.
func (r *run) record(ctx context.Context, conn execer) error {
	st := r.first()
	_, err := conn.Exec(ctx, `insert into espalier.seed_progress (dataset, version, seed, scale, run, table_name, next_row, rows)
		values ($1, $2, $3, $4, $5, $6, 0, 0)`, r.ds.Name, st.version, st.seed, st.scale, st.run, st.table)
	return err
}

// resume checks that what is there is what the record says.
func (r *run) resume(ctx context.Context, conn *pgx.Conn, plan []tablePlan, st state) error {
	if want := r.first(); st.version != want.version || st.seed != want.seed || st.scale != want.scale {
		detail := fmt.Sprintf("it holds seed %d at scale %d", st.seed, st.scale)
		if st.version != want.version {
			detail += fmt.Sprintf(" of version %d of the data set, which is now at %d", st.version, want.version)
		}
		return &Error{Err: ErrConflict, Detail: detail, Fix: "ask for that seed number and scale; " + fixReset}
	}
	if !r.looked && st.run != r.token {
		r.res.AlreadyDone, r.res.Resumed = st.finished, !st.finished
	}
	current := tableIndex(plan, st.table)
	if current < 0 {
		return &Error{Err: ErrConflict, Detail: "it stopped at table " + st.table + ", which is not of the data set", Fix: fixReset}
	}
	if st.finished {
		for _, p := range plan {
			empty, err := isEmpty(ctx, conn, p)
			if err != nil {
				return err
			}
			if empty && p.total > 0 {
				return &Error{Err: ErrConflict, Detail: "all rows are on record, but table " + p.Name + " is empty", Fix: fixReset}
			}
		}
		return nil
	}
	var n int64
	if err := conn.QueryRow(ctx, "select count(*) from "+plan[current].sql).Scan(&n); err != nil {
		return err
	}
	if n != st.next {
		detail := fmt.Sprintf("%s holds %d rows, and %d are on record", plan[current].Name, n, st.next)
		return &Error{Err: ErrNotEmpty, Detail: detail, Fix: fixReset}
	}
	return checkEmpty(ctx, conn, plan[current+1:])
}

func checkEmpty(ctx context.Context, conn *pgx.Conn, plan []tablePlan) error {
	for _, p := range plan {
		empty, err := isEmpty(ctx, conn, p)
		if err != nil {
			return err
		}
		if !empty {
			return &Error{Err: ErrNotEmpty, Detail: p.Name, Fix: fixReset}
		}
	}
	return nil
}

func isEmpty(ctx context.Context, conn *pgx.Conn, p tablePlan) (empty bool, err error) {
	err = conn.QueryRow(ctx, "select not exists (select from "+p.sql+")").Scan(&empty)
	return empty, err
}

func tableIndex(plan []tablePlan, name string) int {
	for i, p := range plan {
		if p.Name == name {
			return i
		}
	}
	return -1
}

// advance moves the record on, in the transaction of the rows.
func (r *run) advance(ctx context.Context, tx execer, table string, from, to, rows int64) error {
	tag, err := tx.Exec(ctx, `update espalier.seed_progress
		set table_name = $2, next_row = $4, rows = $5, updated_at = now()
		where dataset = $1 and finished_at is null and (table_name = $2 and next_row = $3 or table_name <> $2 and $3 = 0)`,
		r.ds.Name, table, from, to, rows)
	if err == nil && tag.RowsAffected() != 1 {
		err = &Error{Err: ErrConflict, Detail: "the record in espalier.seed_progress was changed meanwhile", Fix: fixReset}
	}
	return err
}
