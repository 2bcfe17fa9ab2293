package migration

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"ariga.io/atlas/sql/migrate"
)

// DefaultRevisionsSchema is where the revision table lives unless atlas.hcl
// says something else; the table has the same name.
const DefaultRevisionsSchema = "atlas_schema_revisions"

// TxMode says how Apply puts files into transactions.
type TxMode string

// The transaction modes. A file overrides TxFile with the line
// "-- atlas:txmode none" at its top, for CREATE INDEX CONCURRENTLY and the like.
const (
	TxFile TxMode = "file" // each file in a transaction of its own
	TxAll  TxMode = "all"  // all pending files in one transaction
	TxNone TxMode = "none" // every statement on its own
)

// ApplyConfig holds the options of Apply. Its zero value works.
type ApplyConfig struct {
	// RevisionsSchema is the schema of the revision table. Defaults to
	// DefaultRevisionsSchema.
	RevisionsSchema string
	// TxMode defaults to TxFile.
	TxMode TxMode
	// Limit is the greatest number of files to apply. Defaults to all.
	Limit int
	// To is the last version to apply. Defaults to the last of the directory.
	To string
	// LockTimeout is how long a statement waits for a lock of Postgres
	// (lock_timeout), so that it doesn't hold up the queries behind it.
	// Defaults to 3 s; negative means no limit.
	LockTimeout time.Duration
	// StatementTimeout is how long a statement may take (statement_timeout),
	// the wait for its locks included. What runs CONCURRENTLY has no limit.
	// Defaults to 15 min; negative means no limit.
	StatementTimeout time.Duration
	// LockRetries is how often a file (with TxNone: a statement) that ran into
	// LockTimeout, or into a deadlock, is tried again, each after a longer pause. Defaults to 5;
	// negative means never.
	LockRetries int
	// Wait is how long to wait for another applier of the same database to
	// finish: lock_timeout in atlas.hcl. Defaults to 10 s.
	Wait time.Duration
	// AllowDirty lets the first migration run in a database that has tables
	// already. Defaults to false.
	AllowDirty bool
	// Baseline is the last version whose files are in the database already,
	// although it has no revisions: it is recorded as such, and what comes after
	// it is applied. It counts for the first apply only, and excludes AllowDirty.
	// Defaults to none.
	Baseline string
	// Operator is recorded with each revision. Defaults to "Espalier".
	Operator string
	// Rehearsed, where set, is the report of a rehearsal: with ErrNotRehearsed
	// Apply refuses other files than those of the report, and a database with
	// another schema.
	Rehearsed *Rehearsal
	// Progress is called for every step, in order, from the calling goroutine.
	Progress func(Event)

	// inside is called before and after each statement, on Apply's own session.
	inside func(context.Context, *session, Event) error
}

// Result is what Apply did.
type Result struct {
	// From is the version before, empty in a new database. To is the one after.
	From string `json:"from"`
	To   string `json:"to"`
	// Applied are the files that were applied, in order.
	Applied []AppliedFile `json:"applied"`
	// Duration is the time of the whole, in nanoseconds in JSON.
	Duration time.Duration `json:"duration_ns"`
}

// AppliedFile is a file that Apply finished.
type AppliedFile struct {
	File
	// Statements is how many were run, Skipped how many an earlier, failed
	// attempt had run before.
	Statements int `json:"statements"`
	Skipped    int `json:"skipped,omitempty"`
	// Duration is the time the file took, in nanoseconds in JSON.
	Duration time.Duration `json:"duration_ns"`
}

// Apply runs the pending files of dir in the database at url and records each
// in the revision table, the way the Atlas command line does. The URL must be a
// direct one. With nothing pending it returns an empty Result and no error.
//
// A statement that fails is a *PartialError. What the failed file did is rolled
// back; with TxNone it stays, and the next Apply goes on at the statement that
// failed. The files before it stay applied, except with TxAll. Canceling ctx
// has the same effect as a failing statement. Of two appliers at once the
// second one waits for the first. Apply never runs a statement twice because a
// connection was lost: it returns the error.
//
// Where Apply fails after it began, the Result tells what was applied anyway.
func Apply(ctx context.Context, url string, dir fs.FS, cfg *ApplyConfig) (*Result, error) {
	start := time.Now()
	c, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
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
		return nil, fmt.Errorf("prepare the session: %w", err)
	}
	waiting := func() { c.Progress(Event{Kind: EventWaiting}) }
	if err := s.lock(ctx, applyLock, c.Wait, waiting); err != nil {
		return nil, err
	}
	revs := newRevisions(s, c.RevisionsSchema)
	if err := revs.create(ctx); err != nil {
		return nil, err
	}
	r, err := newRunner(s, mem, revs, c)
	if err != nil {
		return nil, err
	}
	r.silent = cfg == nil || cfg.Progress == nil
	if err := checkBaseline(mem, c.Baseline); err != nil {
		return nil, err
	}
	res := &Result{Applied: []AppliedFile{}}
	if res.From, err = revs.current(ctx); err != nil {
		return nil, err
	}
	pending, err := r.pending(ctx)
	if err != nil {
		return nil, err
	}
	res.To = res.From
	if pending, err = c.cut(pending); err != nil {
		return nil, err
	}
	if c.Rehearsed != nil {
		if err := c.Rehearsed.check(ctx, s, mem, pending, c.RevisionsSchema); err != nil {
			return nil, err
		}
	}
	res.Applied, err = r.run(ctx, pending)
	if n := len(res.Applied); n > 0 {
		res.To = res.Applied[n-1].Version
	}
	res.Duration = time.Since(start)
	return res, err
}

// withDefaults fills in the defaults and checks the rest.
func (cfg *ApplyConfig) withDefaults() (ApplyConfig, error) {
	var c ApplyConfig
	if cfg != nil {
		c = *cfg
	}
	c.RevisionsSchema = cmp.Or(c.RevisionsSchema, DefaultRevisionsSchema)
	c.TxMode = cmp.Or(c.TxMode, TxFile)
	c.LockTimeout = cmp.Or(c.LockTimeout, 3*time.Second)
	c.StatementTimeout = cmp.Or(c.StatementTimeout, 15*time.Minute)
	c.LockRetries = cmp.Or(c.LockRetries, 5)
	c.Wait = cmp.Or(c.Wait, 10*time.Second)
	c.Operator = cmp.Or(c.Operator, "Espalier")
	if c.Progress == nil {
		c.Progress = func(Event) {}
	}
	switch c.TxMode {
	case TxFile, TxAll, TxNone:
	default:
		return c, hinted(fmt.Errorf("unknown transaction mode %q", c.TxMode), "the modes are file, all and none")
	}
	if c.Baseline != "" && c.AllowDirty {
		return c, errors.New("a baseline and AllowDirty exclude each other")
	}
	if c.Limit < 0 {
		return c, fmt.Errorf("can't apply %d files", c.Limit)
	}
	return c, nil
}

// checkBaseline refuses a version that the directory doesn't have.
func checkBaseline(mem *migrate.MemDir, version string) error {
	files, err := mem.Files()
	if err != nil || version == "" {
		return err
	}
	if !slices.ContainsFunc(files, func(f migrate.File) bool { return f.Version() == version }) {
		return fmt.Errorf("%w: no file has the baseline's version %s", ErrNotFound, version)
	}
	return nil
}

// cut takes the files up to Limit and To.
func (cfg *ApplyConfig) cut(files []migrate.File) ([]migrate.File, error) {
	if cfg.To != "" {
		i := slices.IndexFunc(files, func(f migrate.File) bool { return f.Version() == cfg.To })
		if i < 0 {
			return nil, fmt.Errorf("%w: no pending file has version %s", ErrNotFound, cfg.To)
		}
		files = files[:i+1]
	}
	if cfg.Limit > 0 && cfg.Limit < len(files) {
		files = files[:cfg.Limit]
	}
	return files, nil
}
