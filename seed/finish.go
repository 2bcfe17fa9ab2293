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
	for _, column := range p.Columns {
		var sequence *string
		if err := conn.QueryRow(ctx, "select pg_get_serial_sequence($1, $2)", p.sql, column).Scan(&sequence); err != nil {
			return err
		}
		if sequence == nil {
			continue
		}
		quoted := pgx.Identifier{column}.Sanitize()
		_, err := conn.Exec(ctx, "select setval($1::text::regclass, coalesce(max("+quoted+"), 1), max("+quoted+") is not null) from "+p.sql, *sequence)
		if err != nil {
			return err
		}
	}
	return nil
}
