package migration

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"ariga.io/atlas/sql/migrate"
)

// DownConfig holds the options of Down. Its zero value works.
type DownConfig struct {
	// To is the version to go back to; "0" is before the first. Defaults to the
	// one before the newest.
	To string
	// AllowLoss lets Down drop tables and columns that hold data. Defaults to
	// false.
	AllowLoss bool
	// RevisionsSchema is the schema of the revision table. Defaults to
	// DefaultRevisionsSchema.
	RevisionsSchema string
	// LockTimeout is how long a statement waits for a lock. Defaults to 3 s;
	// negative means no limit.
	LockTimeout time.Duration
	// Wait is how long to wait for another applier. Defaults to 10 s.
	Wait time.Duration
	// DryRun makes Down change nothing: it returns what it would run. Data is
	// not looked at. Defaults to false.
	DryRun bool
}

// DownResult is what Down did.
type DownResult struct {
	// From and To are the versions before and after; To is empty where no file
	// is applied any more.
	From string `json:"from"`
	To   string `json:"to"`
	// Reverted are the files that were taken back, newest first.
	Reverted []File `json:"reverted"`
	// ByHand are the names of those that a file in the folder down took back.
	ByHand []string `json:"by_hand,omitempty"`
	// SQL is what was run.
	SQL string `json:"sql"`
	// Loses are the tables and columns that the SQL drops or narrows.
	Loses []string `json:"loses,omitempty"`
	// Duration is the time in the database, in nanoseconds in JSON.
	Duration time.Duration `json:"duration_ns"`
}

// LossError says that Down would lose data. Nothing was changed.
type LossError struct {
	// Loses are the tables and columns that hold data.
	Loses []string
}

// Error implements error.
func (e *LossError) Error() string { return "data would be lost: " + strings.Join(e.Loses, ", ") }

// Hint returns what the user can do about it.
func (e *LossError) Hint() string {
	return "save the data elsewhere, or a branch of the database, then allow the loss with --allow-loss"
}

// ErrNothingApplied: there is no revision to take back.
var ErrNothingApplied = errors.New("no migration is applied in this database")

// Down takes the newest files of dir back in the database at url, to the version
// cfg.To. The statements are computed: the files are replayed on a dev database
// and its catalog led back. Where dir has a file down/<name of the file>, its
// statements take that file back instead. Either way the statements were run in
// one transaction on a second dev database before, and led to the catalog of the
// earlier version; if not, that is a *VerifyError.
//
// In the target they run in one transaction with the rows of the revision table,
// which the Atlas command line then reads as if the files had never run. What
// holds data isn't dropped without AllowLoss: a *LossError. Rows that a migration
// changed stay as they are.
func Down(ctx context.Context, url string, dir fs.FS, dev Dev, cfg *DownConfig) (*DownResult, error) {
	c := DownConfig{}
	if cfg != nil {
		c = *cfg
	}
	c.RevisionsSchema = cmp.Or(c.RevisionsSchema, DefaultRevisionsSchema)
	c.LockTimeout = cmp.Or(c.LockTimeout, 3*time.Second)
	c.Wait = cmp.Or(c.Wait, 10*time.Second)
	mem, err := loadValid(dir)
	if err != nil {
		return nil, err
	}
	s, err := connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.reset(ctx, c.LockTimeout); err != nil {
		return nil, err
	}
	if err := s.lock(ctx, applyLock, c.Wait, nil); err != nil {
		return nil, err
	}
	revs, err := readRevisions(ctx, s, c.RevisionsSchema)
	if err != nil {
		return nil, err
	}
	plan := &downPlan{devs: devs{dev: dev}, dir: dir, revisionsSchema: c.RevisionsSchema}
	if err := plan.choose(mem, revs.list, c.To); err != nil {
		return nil, err
	}
	err = plan.compute(ctx)
	if err = errors.Join(err, plan.close(ctx)); err != nil {
		return nil, err
	}
	res := &DownResult{From: revs.list[len(revs.list)-1].Version, To: plan.to, Reverted: filesOf(plan.reverted), ByHand: plan.byHand, SQL: text(plan.stmts)}
	for _, l := range plan.losses {
		res.Loses = append(res.Loses, l.String())
	}
	if c.DryRun {
		return res, nil
	}
	start := time.Now()
	err = plan.execute(ctx, s, c)
	res.Duration = time.Since(start)
	if err != nil {
		return nil, err
	}
	return res, nil
}

// choose finds the files to take back, newest first.
func (p *downPlan) choose(mem *migrate.MemDir, revs []*migrate.Revision, to string) error {
	if len(revs) == 0 {
		return ErrNothingApplied
	}
	applied, err := appliedFiles(mem, revs)
	if err != nil {
		return err
	}
	switch {
	case to == "" && len(revs) > 1:
		to = revs[len(revs)-2].Version
	case to == "" || to == "0":
		to = ""
	case !slices.ContainsFunc(revs, func(r *migrate.Revision) bool { return r.Version == to }):
		return hinted(fmt.Errorf("%w: version %s is not applied", ErrNotFound, to), "`espalier migrate status` lists the versions; 0 is before the first")
	}
	p.applied, p.to = applied, to
	files, err := applied.Files()
	if err != nil {
		return err
	}
	for _, r := range slices.Backward(revs) {
		if r.Version <= to {
			break
		}
		if r.Type.Has(migrate.RevisionTypeBaseline) {
			return hinted(fmt.Errorf("version %s is the baseline: it was there before the migrations", r.Version), "go back to it at most")
		}
		i := slices.IndexFunc(files, func(f migrate.File) bool { return f.Version() == r.Version })
		if isCheckpoint(files[i]) && to != "" {
			return hinted(fmt.Errorf("version %s is a checkpoint: the database began with it", r.Version), "go back to it at most, or to 0")
		}
		p.reverted = append(p.reverted, files[i])
	}
	if len(p.reverted) == 0 {
		return fmt.Errorf("the database is at version %s already", to)
	}
	return nil
}

// execute runs the plan in the target.
func (p *downPlan) execute(ctx context.Context, s *session, c DownConfig) (err error) {
	if err := s.reset(ctx, c.LockTimeout); err != nil {
		return err
	}
	if _, err := s.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelWait)
			defer cancel()
			_, _ = s.ExecContext(ctx, "ROLLBACK")
		}
	}()
	if !c.AllowLoss {
		if err := checkLosses(ctx, s, p.losses); err != nil {
			return err
		}
	}
	for _, st := range p.stmts {
		if _, err := s.ExecContext(ctx, st.sql); err != nil {
			return hinted(fmt.Errorf("%s: %w", oneLine(st.sql), err), downHint(err))
		}
	}
	revs := newRevisions(s, c.RevisionsSchema)
	for _, f := range p.reverted {
		if err := revs.DeleteRevision(ctx, f.Version()); err != nil {
			return fmt.Errorf("record the revision: %w", err)
		}
	}
	if s.txStatus() != 'T' {
		return errors.New("the transaction ended before its time")
	}
	// From here on a canceled context would leave the outcome unknown.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Hour)
	defer cancel()
	if _, err = s.ExecContext(ctx, "COMMIT"); err != nil && sqlState(err) == "" {
		err = hinted(fmt.Errorf("the connection was lost during COMMIT, the files may be taken back or not: %w", err), "`espalier migrate status` tells")
	}
	return err
}

func downHint(err error) string {
	switch state := sqlState(err); {
	case state == "55P03":
		return "other sessions keep the table locked: try again, or with a longer lock timeout"
	case strings.HasPrefix(state, "42") || state == "2BP01":
		return "the database isn't what the files lead to: `espalier migrate drift` tells; nothing was changed"
	default:
		return "nothing was changed; " + cmp.Or(sqlHint(state, ""), "write the statements by hand in migrate/down/<name of the file>")
	}
}

// checkLosses locks what the plan drops, so that no row comes in between, and
// refuses where there is data.
func checkLosses(ctx context.Context, s *session, losses []*loss) error {
	w := ddl{qualify: true}
	var full []string
	for _, l := range losses {
		name := w.name(l.schema, l.table)
		if _, err := s.ExecContext(ctx, "LOCK TABLE "+name+" IN ACCESS EXCLUSIVE MODE"); err != nil {
			return hinted(fmt.Errorf("lock %s: %w", name, err), downHint(err))
		}
		query := "SELECT EXISTS (SELECT FROM " + name
		if l.column != "" {
			query += " WHERE " + quoted(l.column) + " IS NOT NULL"
		}
		var some bool
		if err := s.conn.QueryRowContext(ctx, query+")").Scan(&some); err != nil {
			return hinted(fmt.Errorf("look for data in %s: %w", name, err), downHint(err))
		}
		if some {
			full = append(full, l.String())
		}
	}
	if len(full) > 0 {
		return &LossError{Loses: full}
	}
	return nil
}
