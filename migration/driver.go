package migration

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"ariga.io/atlas/sql/migrate"
	"github.com/jackc/pgx/v5/pgconn"
)

// driver is the Atlas driver that the executor runs statements through. It
// reports progress and forwards StmtScanner, without which the executor would
// split statements by other rules. It is the executor's logger, too.
type driver struct {
	migrate.Driver
	migrate.StmtScanner
	r       *runner
	mode    TxMode
	attempt int

	file         File
	stmts        []*migrate.Stmt
	current      *migrate.Stmt
	ran, skipped int
	// resume is the revision that an earlier attempt left, or nil.
	resume *migrate.Revision
	// control tells that the file begins and ends transactions itself, open that
	// a statement's transaction waits for its record.
	control, open bool
}

// begin resets the counters for a file.
func (d *driver) begin(f migrate.File, stmts []*migrate.Stmt) {
	d.file, d.stmts, d.current, d.ran, d.skipped = fileOf(f), stmts, nil, 0, 0
	d.control, d.open = txControl(stmts) != nil, false
}

// Log implements migrate.Logger.
func (d *driver) Log(e migrate.LogEntry) {
	switch e := e.(type) {
	case migrate.LogFile:
		d.skipped = e.Skip
		d.r.cfg.Progress(Event{Kind: EventFileStart, File: d.file, Index: e.Skip, Total: len(d.stmts), Attempt: d.attempt})
	case migrate.LogStmt:
		d.current = e.Stmt
	}
}

// ExecContext runs one statement of the file.
func (d *driver) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	e := Event{Kind: EventStmtStart, File: d.file, Stmt: query, Index: d.skipped + d.ran + 1, Total: len(d.stmts), Attempt: d.attempt}
	if d.current != nil {
		e.Line = lineAt(d.file.SQL, stmtPos(d.file.SQL, d.current))
	}
	d.r.cfg.Progress(e)
	if inside := d.r.cfg.inside; inside != nil {
		if err := inside(ctx, d.r.s, e); err != nil {
			return nil, err
		}
	}
	start := time.Now()
	res, err := d.exec(ctx, query, args...)
	if err != nil {
		if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
			err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
		return nil, err
	}
	d.ran++
	e.Kind, e.Duration = EventStmtDone, time.Since(start)
	if inside := d.r.cfg.inside; inside != nil {
		if err := inside(ctx, d.r.s, e); err != nil {
			return nil, err
		}
	}
	d.r.cfg.Progress(e)
	return res, nil
}

// exec runs the statement as the transaction mode asks for.
func (d *driver) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if d.mode == TxNone {
		return d.step(ctx, query, args...)
	}
	return d.watched(ctx, query, args...)
}

// CheckClean implements migrate.CleanChecker: a database is clean while no
// schema has a table that a user made. Those of extensions, of Neon and of this
// project don't count.
func (d *driver) CheckClean(ctx context.Context, revs *migrate.TableIdent) error {
	if revs == nil {
		return nil
	}
	var table string
	err := d.r.s.conn.QueryRowContext(ctx, `SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
		AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'neon', 'neon_auth', $1, $2)
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
		ORDER BY 1 LIMIT 1`, seedSchema, revs.Schema).Scan(&table)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return &migrate.NotCleanError{Reason: "found table " + table}
}

// seedSchema is where the seed engine keeps its progress.
const seedSchema = "espalier"

// stmtError is a statement that failed.
type stmtError struct {
	stmt *migrate.Stmt
	err  error
}

func (e *stmtError) Error() string { return e.err.Error() }
func (e *stmtError) Unwrap() error { return e.err }

// failedLine is the line of the file where the statement failed: where Postgres
// says so, else where the statement begins.
func failedLine(text string, e *stmtError) int {
	pos := stmtPos(text, e.stmt)
	var pg *pgconn.PgError
	if errors.As(e.err, &pg) && pg.Position > 0 {
		if r := []rune(e.stmt.Text); int(pg.Position) <= len(r) {
			pos += len(string(r[:pg.Position-1]))
		}
	}
	return lineAt(text, pos)
}

// stmtPos is the statement's byte offset in the file. The one that the Atlas
// library reports can miss the comments before it.
func stmtPos(text string, s *migrate.Stmt) int {
	from := min(max(s.Pos, 0), len(text))
	if i := strings.Index(text[from:], s.Text); i >= 0 {
		return from + i
	}
	return from
}

// lineAt is the line of a byte offset, from 1.
func lineAt(text string, pos int) int {
	return 1 + strings.Count(text[:min(pos, len(text))], "\n")
}
