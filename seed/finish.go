package seed

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// finish makes the tables ready for use: ids go on after the last one, and
// the planner knows the sizes. The record is closed last, so that a run that
// ends in between does it again.
func (r *run) finish(ctx context.Context, conn *pgx.Conn, plan []tablePlan) error {
	for _, p := range plan {
		if err := setSequences(ctx, conn, p); err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, "analyze "+p.sql); err != nil {
			return err
		}
	}
	_, err := conn.Exec(ctx, "update espalier.seed_progress set finished_at = now(), updated_at = now() where dataset = $1", r.ds.Name)
	return err
}

// setSequences sets the sequence of each identity or serial column that the
// data set filled.
func setSequences(ctx context.Context, conn *pgx.Conn, p tablePlan) error {
	rows, _ := conn.Query(ctx, `select c, pg_get_serial_sequence($1, c) from unnest($2::text[]) c
		where pg_get_serial_sequence($1, c) is not null`, p.sql, p.Columns)
	owned, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Column, Sequence string }])
	if err != nil {
		return err
	}
	for _, o := range owned {
		c := pgx.Identifier{o.Column}.Sanitize()
		_, err := conn.Exec(ctx, "select setval($1::text::regclass, greatest(max("+c+"), 1), coalesce(max("+c+") >= 1, false)) from "+p.sql, o.Sequence)
		if err != nil {
			return err
		}
	}
	return nil
}
