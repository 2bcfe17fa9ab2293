package seed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// send brings all rows from st on into the database.
func (r *run) send(ctx context.Context, conn *pgx.Conn, plan []tablePlan, st state) error {
	r.meter = meter{start: r.meter.start}
	r.report(plan[tableIndex(plan, st.table)], st.next)
	p := startPipeline(ctx, plan, st, r.cfg)
	defer p.stop()
	for {
		c, err := p.next(ctx)
		if c == nil || err != nil {
			return err
		}
		if err := r.sendChunk(ctx, conn, c); err != nil {
			return chunkError(c, err)
		}
		r.rows = c.table.before + c.to
		r.report(*c.table, c.to)
		p.release(c)
	}
}

func (r *run) report(t tablePlan, tableRows int64) {
	now := time.Now()
	r.meter.add(now, r.rows)
	p := Progress{Table: t.Name, TableRows: tableRows, TableTotal: t.total, Rows: r.rows, Total: r.res.Rows}
	r.meter.fill(&p, now)
	r.cfg.Progress(p)
}

// sendChunk puts the rows and the record of them into one transaction.
func (r *run) sendChunk(ctx context.Context, conn *pgx.Conn, c *chunk) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		tag, err := conn.PgConn().CopyFrom(ctx, bytes.NewReader(c.buf),
			"copy "+c.table.sql+" ("+columnList(c.table.Table)+") from stdin binary")
		if err != nil {
			return err
		}
		if tag.RowsAffected() != c.to-c.from {
			return fmt.Errorf("%d of %d rows were taken: a trigger or rule leaves rows out", tag.RowsAffected(), c.to-c.from)
		}
		return r.advance(ctx, tx, c.table.Name, c.from, c.to, c.table.before+c.to)
	})
}

// chunkError names the rows, and what to do where the server has no room.
func chunkError(c *chunk, err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return fmt.Errorf("table %s: %w", c.table.Name, err)
	}
	e := &Error{Err: err, Detail: fmt.Sprintf("table %s, rows %d to %d", c.table.Name, c.from, c.to-1)}
	switch pg.Code {
	case "53100":
		e.Fix = "make room on the server's disk, then " + fixResume
	case "23505", "23503":
		e.Fix = fixReset
	}
	return e
}
