package migration

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
)

// runner executes migration files on one session: for Apply with the revision
// table, for a replay on a dev database without.
type runner struct {
	s    *session
	dir  *migrate.MemDir
	revs migrate.RevisionReadWriter
	cfg  ApplyConfig
	drv  *driver
	// silent tells that nobody wants to hear of long statements.
	silent bool
}

func newRunner(s *session, dir *migrate.MemDir, revs migrate.RevisionReadWriter, cfg ApplyConfig) (*runner, error) {
	drv, err := postgres.Open(s)
	if err != nil {
		return nil, err
	}
	scanner, ok := drv.(migrate.StmtScanner)
	if !ok {
		return nil, fmt.Errorf("the server is not a Postgres that migrations know: %T", drv)
	}
	r := &runner{s: s, dir: dir, revs: revs, cfg: cfg}
	r.drv = &driver{Driver: drv, StmtScanner: scanner, r: r}
	if table, ok := revs.(*revisions); ok {
		r.revs = &stepRevisions{table, r.drv}
	} else {
		r.silent = true // a replay
	}
	return r, nil
}

// executor makes the Atlas executor.
func (r *runner) executor() (*migrate.Executor, error) {
	opts := []migrate.ExecutorOption{migrate.WithOperatorVersion(r.cfg.Operator), migrate.WithAllowDirty(r.cfg.AllowDirty), migrate.WithLogger(r.drv)}
	if r.cfg.Baseline != "" {
		opts = append(opts, migrate.WithBaselineVersion(r.cfg.Baseline))
	}
	return migrate.NewExecutor(r.drv, r.dir, r.revs, opts...)
}

// pending returns the files that are to run.
func (r *runner) pending(ctx context.Context) ([]migrate.File, error) {
	ex, err := r.executor()
	if err != nil {
		return nil, err
	}
	files, err := ex.Pending(ctx)
	var order *migrate.HistoryNonLinearError
	var missing *migrate.MissingMigrationError
	var dirty *migrate.NotCleanError
	switch {
	case errors.Is(err, migrate.ErrNoPendingFiles):
		return nil, nil
	case errors.As(err, &order):
		return nil, hinted(fmt.Errorf("%w: %s", ErrOutOfOrder, strings.Join(names(order.OutOfOrder), ", ")),
			"rename the file so that it comes last, then run `espalier migrate hash`")
	case errors.As(err, &missing):
		return nil, hinted(fmt.Errorf("%w: version %s is applied in part, but its file is gone", ErrNotFound, missing.Version),
			"restore the file")
	case errors.As(err, &dirty):
		return nil, hinted(fmt.Errorf("%w: %s", ErrNotClean, dirty.Reason),
			"is this the right database? If the first files are in it already, name the last of them with --baseline VERSION; else allow it with --allow-dirty")
	case err != nil:
		return nil, fmt.Errorf("read the revision table: %w", err)
	}
	return files, nil
}

func names(files []migrate.File) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = f.Name()
	}
	return out
}

// run executes files in order and returns those that stay applied.
func (r *runner) run(ctx context.Context, files []migrate.File) ([]AppliedFile, error) {
	applied := []AppliedFile{}
	modes := make([]TxMode, len(files))
	for i, f := range files {
		var err error
		if modes[i], err = r.modeOf(f); err != nil {
			return applied, &PartialError{Failed: fileOf(f), RolledBack: true, Err: err}
		}
	}
	if r.cfg.TxMode == TxAll {
		if len(files) == 0 {
			return applied, nil
		}
		done, failed, err := r.retry(ctx, files, TxAll)
		if err != nil {
			return applied, r.partial(err, failed, nil, TxAll)
		}
		return done, nil
	}
	for i, f := range files {
		done, _, err := r.retry(ctx, files[i:i+1], modes[i])
		if err != nil {
			return applied, r.partial(err, f, applied, modes[i])
		}
		applied = append(applied, done...)
	}
	return applied, nil
}

// retry runs files as one unit, again after each failure to get a lock and each
// deadlock.
func (r *runner) retry(ctx context.Context, files []migrate.File, mode TxMode) (done []AppliedFile, failed migrate.File, err error) {
	for attempt := 0; ; attempt++ {
		r.drv.attempt = attempt
		done, failed, err = r.unit(ctx, files, mode)
		if state := sqlState(err); state != "55P03" && state != "40P01" || attempt >= r.cfg.LockRetries || ctx.Err() != nil {
			return done, failed, err
		}
		pause := 250 * time.Millisecond << min(attempt, 5)
		pause += rand.N(pause / 2)
		r.cfg.Progress(Event{Kind: EventRetry, File: fileOf(failed), Attempt: attempt + 1, Duration: pause, Err: err})
		if canceled := sleep(ctx, pause); canceled != nil {
			var stmt *stmtError
			if errors.As(err, &stmt) {
				stmt.err = errors.Join(canceled, stmt.err)
			}
			return done, failed, err
		}
	}
}

// unit runs files in one transaction, or, with TxNone, in none.
func (r *runner) unit(ctx context.Context, files []migrate.File, mode TxMode) (done []AppliedFile, failed migrate.File, err error) {
	failed = files[0]
	if err := r.s.reset(ctx, r.cfg.LockTimeout); err != nil {
		return nil, failed, err
	}
	if _, err := r.s.ExecContext(ctx, r.timeouts()); err != nil {
		return nil, failed, err
	}
	r.drv.mode = mode
	if mode != TxNone {
		if _, err := r.s.ExecContext(ctx, "BEGIN"); err != nil {
			return nil, failed, err
		}
		defer func() {
			if err != nil {
				r.rollback(ctx)
			}
		}()
	}
	for _, f := range files {
		failed = f
		start := time.Now()
		if err := r.file(ctx, f); err != nil {
			return nil, failed, err
		}
		done = append(done, AppliedFile{File: fileOf(f), Statements: r.drv.ran, Skipped: r.drv.skipped, Duration: time.Since(start)})
		if mode == TxAll {
			r.fileDone(done[len(done)-1])
		}
	}
	if mode != TxNone {
		if err := r.commit(ctx); err != nil {
			return nil, failed, err
		}
	}
	if mode != TxAll {
		r.fileDone(done[0])
	}
	return done, nil, nil
}

func (r *runner) fileDone(f AppliedFile) {
	r.cfg.Progress(Event{Kind: EventFileDone, File: f.File, Index: f.Statements + f.Skipped,
		Total: f.Statements + f.Skipped, Attempt: r.drv.attempt, Duration: f.Duration})
}

// timeouts sets how long a statement may wait for a lock, and take.
func (r *runner) timeouts() string {
	return "SET lock_timeout = " + milliseconds(r.cfg.LockTimeout) + "; SET statement_timeout = " + milliseconds(r.cfg.StatementTimeout)
}

// file executes one file within what unit has begun.
func (r *runner) file(ctx context.Context, f migrate.File) error {
	stmts, err := migrate.FileStmtDecls(r.drv, f)
	if err != nil {
		return hinted(fmt.Errorf("read the statements: %w", err), sqlHint("42601", ""))
	}
	if r.drv.mode != TxNone {
		if stmt := txControl(stmts); stmt != nil {
			return &stmtError{stmt: stmt, err: hinted(ErrTxControl, "leave BEGIN and COMMIT out: each file runs in a transaction; or begin it with the line `-- atlas:txmode none` and an empty line")}
		}
	}
	if err := r.adjust(ctx, f, stmts); err != nil {
		return err
	}
	r.drv.begin(f, stmts)
	ex, err := r.executor()
	if err != nil {
		return err
	}
	err = ex.Execute(ctx, f)
	var stmt *migrate.StmtExecError
	var changed migrate.HistoryChangedError
	switch {
	case errors.As(err, &stmt):
		return &stmtError{stmt: stmt.Stmt, err: stmt.Err}
	case errors.As(err, &changed):
		return historyChanged(changed.Stmt)
	case err != nil:
		return fmt.Errorf("record the revision: %w", err)
	}
	return nil
}

func historyChanged(n int) error {
	return hinted(fmt.Errorf("%w: statement %d", ErrHistoryChanged, n),
		"restore the statements that an earlier attempt has run, then run `espalier migrate hash`")
}

// adjust brings the revision of a failed attempt in line with the file that was
// corrected since; the Atlas library would keep the old totals, and takes for
// granted that the statements which have run are still there.
func (r *runner) adjust(ctx context.Context, f migrate.File, stmts []*migrate.Stmt) error {
	rev, err := r.revs.ReadRevision(ctx, f.Version())
	r.drv.resume = nil
	if errors.Is(err, migrate.ErrRevisionNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the revision table: %w", err)
	}
	r.drv.resume = rev
	if rev.Applied > len(stmts) || rev.Applied > len(rev.PartialHashes) {
		return historyChanged(min(len(stmts), len(rev.PartialHashes)) + 1)
	}
	sums, err := r.dir.Checksum()
	if err != nil {
		return err
	}
	hash, err := sums.SumByName(f.Name())
	if err != nil {
		return err
	}
	if rev.Total == len(stmts) && rev.Hash == hash {
		return nil
	}
	rev.Total, rev.Hash = len(stmts), hash
	if err := r.revs.WriteRevision(ctx, rev); err != nil {
		return fmt.Errorf("record the revision: %w", err)
	}
	return nil
}

// commit ends the transaction; a COMMIT that the server answers with a rollback
// is an error.
func (r *runner) commit(ctx context.Context) error {
	if r.s.txStatus() != 'T' {
		return errors.New("the transaction ended before its time")
	}
	// From here on a canceled context would leave the outcome unknown.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Hour)
	defer cancel()
	_, err := r.s.ExecContext(ctx, "COMMIT")
	if err != nil && sqlState(err) == "" {
		return hinted(fmt.Errorf("the connection was lost during COMMIT, the file may be applied or not: %w", err),
			"`espalier migrate status` tells; then apply again")
	}
	return err
}

// rollback undoes the transaction, also when ctx is canceled. On a lost
// connection the server has done it.
func (r *runner) rollback(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelWait)
	defer cancel()
	_, _ = r.s.ExecContext(ctx, "ROLLBACK")
}

// partial makes the error of a failed file.
func (r *runner) partial(err error, f migrate.File, applied []AppliedFile, mode TxMode) error {
	p := &PartialError{Applied: applied, Failed: fileOf(f), RolledBack: mode != TxNone, Err: err}
	var stmt *stmtError
	if errors.As(err, &stmt) {
		p.Err = stmt.err
		p.Stmt = stmt.stmt.Text
		p.Line = failedLine(string(f.Bytes()), stmt)
	}
	return p
}
