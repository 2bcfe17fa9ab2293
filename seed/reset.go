package seed

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// reset empties the tables and begins a new record in one transaction. It
// never empties a table of others: TRUNCATE without CASCADE would fail there,
// so the tables are named before.
func (r *run) reset(ctx context.Context, conn *pgx.Conn, plan []tablePlan) error {
	var oids []uint32
	var names []string
	for _, p := range plan {
		oids, names = append(oids, p.oid), append(names, p.sql)
	}
	rows, _ := conn.Query(ctx, `select distinct conrelid::regclass::text || ' -> ' || confrelid::regclass::text
		from pg_constraint where contype = 'f' and confrelid = any($1) and conrelid <> all($1) order by 1`, oids)
	others, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	if len(others) > 0 {
		return &Error{Err: ErrReferenced, Detail: strings.Join(others, ", "),
			Fix: "drop those tables, or make a new branch, and seed that"}
	}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "set local lock_timeout = '10s'"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "truncate "+strings.Join(names, ", ")+" restart identity"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "delete from espalier.seed_progress where dataset = $1", r.ds.Name); err != nil {
			return err
		}
		return r.record(ctx, tx)
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "55P03" {
		return &Error{Err: pg, Detail: "the tables are in use", Fix: "end the other sessions, or wait for them"}
	}
	return err
}
