package seed

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Run brings the data set's rows into the database at url, a direct one, and
// returns when all are there. Where they were before, it does nothing and says
// so in Result.AlreadyDone; where an earlier run stopped half-way, it goes on.
//
// It refuses with an *Error, before it writes anything, tables that are not
// there (ErrNotMigrated), that hold rows of others (ErrNotEmpty) or of another
// seed number, scale or version (ErrConflict). Of two runs at once the second
// one waits for the first. A canceled ctx rolls the current chunk back and
// returns ErrInterrupted: calling Run again goes on from there. A lost
// connection is made again; a chunk is never sent twice, since the answer to
// a lost COMMIT is read from the progress table.
//
// At the end identity columns go on after the last id, and the tables are
// analyzed.
func Run(ctx context.Context, url string, ds *Dataset, cfg Config) (*Result, error) {
	cfg = cfg.withDefaults()
	if err := errors.Join(cfg.check(), ds.check()); err != nil {
		return nil, err
	}
	if err := checkDirect(url); err != nil {
		return nil, err
	}
	r := &run{url: url, ds: ds, cfg: cfg, token: rand.Text(), begun: time.Now(), res: &Result{
		Dataset: ds.Name, Seed: cfg.Seed, Scale: cfg.Scale, Rows: ds.Rows(cfg.Scale), Reset: cfg.Reset,
	}}
	for i := range ds.Tables {
		t := &ds.Tables[i]
		r.res.Tables = append(r.res.Tables, TableResult{Name: t.Name, Rows: t.Rows(cfg.Scale)})
	}
	err := r.attempts(ctx)
	if ctx.Err() != nil && err != nil {
		detail := fmt.Sprintf("%d of %d rows are in", r.rows, r.res.Rows)
		return nil, &Error{Err: ErrInterrupted, Detail: detail, Cause: context.Cause(ctx), Fix: fixResume}
	}
	if err != nil {
		return nil, err
	}
	r.res.Inserted = r.res.Rows - r.start
	r.res.Duration = time.Since(r.begun)
	return r.res, nil
}

// run is one call of Run, over all its connections.
type run struct {
	url   string
	ds    *Dataset
	cfg   Config
	res   *Result
	begun time.Time
	// token marks the progress row as this run's: after a lost connection it
	// tells whether the reset got through.
	token string
	meter meter
	// start is how many rows were in before this run, rows how many are now.
	start int64
	rows  int64
	// last is the backend of the connection before.
	last backend
	// looked tells that the state before this run is known.
	looked bool
}

// attempts repeats attempt for as long as it is the connection that fails.
func (r *run) attempts(ctx context.Context) error {
	for failed := 0; ; failed++ {
		before := r.rows
		lost, err := r.attempt(ctx)
		if err == nil || !lost || ctx.Err() != nil {
			return err
		}
		if r.rows > before {
			failed = 0
		}
		if failed >= r.cfg.Retries {
			return &Error{Err: ErrConnectionLost, Detail: fmt.Sprintf("%d of %d rows are in", r.rows, r.res.Rows),
				Cause: err, Fix: fixResume}
		}
		r.res.Reconnects++
		r.cfg.Progress(Progress{Reconnecting: failed + 1, Rows: r.rows, Total: r.res.Rows})
		select {
		case <-time.After(min(100*time.Millisecond<<failed, 5*time.Second)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// attempt does all that is left to do, on one connection. lost tells that the
// connection is why it failed.
func (r *run) attempt(ctx context.Context) (lost bool, err error) {
	s, err := connect(ctx, r.url)
	if err != nil {
		return mayReturn(err) && (r.looked || isStarting(err)), err
	}
	defer s.close()
	defer func() { lost = err != nil && s.conn.IsClosed() }()

	err = s.lock(ctx, r.last, func() { r.cfg.Progress(Progress{Waiting: true}) })
	if err != nil {
		return false, err
	}
	r.last = s.backend
	plan, err := inspect(ctx, s.conn, r.ds, r.cfg.Scale)
	if err != nil {
		return false, err
	}
	st, err := r.begin(ctx, s.conn, plan)
	if err != nil || st.finished {
		return false, err
	}
	if err := r.send(ctx, s.conn, plan, st); err != nil {
		return false, err
	}
	return false, r.finish(ctx, s.conn, plan)
}

// isStarting tells whether the server is there but not yet ready.
func isStarting(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "57P03"
}

// mayReturn tells whether a failed connect is worth another one: not where the
// server answered and refused for good.
func mayReturn(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return true
	}
	switch pg.Code[:2] {
	case "57", "53", "08", "XX": // starting or stopping, full, network, Neon's proxy
		return true
	}
	return false
}
