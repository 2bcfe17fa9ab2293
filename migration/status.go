package migration

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"ariga.io/atlas/sql/migrate"
)

// StatusConfig holds the options of Status. Its zero value works.
type StatusConfig struct {
	// RevisionsSchema is the schema of the revision table. Defaults to
	// DefaultRevisionsSchema.
	RevisionsSchema string
}

// Report tells where a database stands in relation to a migration directory.
type Report struct {
	// Current is the version of the newest revision, empty where there is none.
	Current string `json:"current"`
	// Next is the version that Apply would run first, empty when there is none.
	Next string `json:"next"`
	// Applied are the revisions in the database, oldest first.
	Applied []Revision `json:"applied"`
	// Pending are the files that Apply would run, in order; first the one that
	// an earlier attempt left unfinished.
	Pending []File `json:"pending"`
	// OutOfOrder are files that were never applied although a later one was.
	// Apply refuses to run while there are any.
	OutOfOrder []File `json:"out_of_order,omitempty"`
	// Unknown are revisions without a file in the directory: another line of
	// history was applied to this database.
	Unknown []Revision `json:"unknown,omitempty"`
	// Failed is the revision that was left unfinished, or nil.
	Failed *Revision `json:"failed,omitempty"`
}

// UpToDate tells whether nothing is pending, failed or out of order.
func (r *Report) UpToDate() bool {
	return len(r.Pending) == 0 && len(r.OutOfOrder) == 0 && r.Failed == nil
}

// Revision is a row of the revision table: one migration file that was applied,
// or begun, in this database.
type Revision struct {
	Version     string `json:"version"`
	Description string `json:"description"`
	// Applied of Total statements were run. They differ after a failure.
	Applied int `json:"applied"`
	Total   int `json:"total"`
	// ExecutedAt is when the row was last written.
	ExecutedAt time.Time `json:"executed_at"`
	// Duration is how long it took, in nanoseconds in JSON.
	Duration time.Duration `json:"duration_ns"`
	// Error and ErrorStmt are what went wrong, and with which statement.
	Error     string `json:"error,omitempty"`
	ErrorStmt string `json:"error_stmt,omitempty"`
	// Operator is the program that applied the file.
	Operator string `json:"operator"`
}

// Status compares the revision table of the database at url with the files in
// dir. It writes nothing, not even the revision table. The URL must be a direct
// one, as for Apply.
func Status(ctx context.Context, url string, dir fs.FS, cfg *StatusConfig) (*Report, error) {
	c := ApplyConfig{AllowDirty: true}
	if cfg != nil {
		c.RevisionsSchema = cfg.RevisionsSchema
	}
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	mem, err := loadValid(dir)
	if err != nil {
		return nil, err
	}
	files, err := mem.Files()
	if err != nil {
		return nil, err
	}
	s, err := connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer s.close()
	revs, err := readRevisions(ctx, s, c.RevisionsSchema)
	if err != nil {
		return nil, err
	}
	return reportOf(ctx, mem, revs, files)
}

// reportOf compares revisions and files.
func reportOf(ctx context.Context, mem *migrate.MemDir, revs revisionList, files []migrate.File) (*Report, error) {
	ex, err := migrate.NewExecutor(statusDriver{}, mem, revs, migrate.WithAllowDirty(true))
	if err != nil {
		return nil, err
	}
	rep := report(revs, files)
	pending, err := ex.Pending(ctx)
	var order *migrate.HistoryNonLinearError
	var missing *migrate.MissingMigrationError
	switch {
	case errors.Is(err, migrate.ErrNoPendingFiles), errors.As(err, &missing):
	case errors.As(err, &order):
		rep.OutOfOrder, pending = filesOf(order.OutOfOrder), order.Pending
	case err != nil:
		return nil, fmt.Errorf("read the revision table: %w", err)
	}
	if len(pending) > 0 {
		rep.Pending = filesOf(pending)
		rep.Next = pending[0].Version()
	}
	return rep, nil
}

// report fills in what the revisions alone tell.
func report(revs revisionList, files []migrate.File) *Report {
	rep := &Report{Applied: []Revision{}, Pending: []File{}}
	for _, r := range revs.list {
		rev := Revision{Version: r.Version, Description: r.Description, Applied: r.Applied, Total: r.Total,
			ExecutedAt: r.ExecutedAt, Duration: r.ExecutionTime, Operator: r.OperatorVersion}
		if r.Applied < r.Total && !r.Type.Has(migrate.RevisionTypeResolved) {
			rev.Error, rev.ErrorStmt = r.Error, r.ErrorStmt
			rep.Failed = &rev
		}
		rep.Applied = append(rep.Applied, rev)
		rep.Current = r.Version
		if !slices.ContainsFunc(files, func(f migrate.File) bool { return f.Version() == r.Version }) {
			rep.Unknown = append(rep.Unknown, rev)
		}
	}
	return rep
}

// revisionList is a migrate.RevisionReadWriter over rows that were read before.
type revisionList struct {
	migrate.NopRevisionReadWriter
	list []*migrate.Revision
}

// ReadRevisions implements migrate.RevisionReadWriter.
func (l revisionList) ReadRevisions(context.Context) ([]*migrate.Revision, error) { return l.list, nil }

// readRevisions reads the revision table, an absent one as an empty one.
func readRevisions(ctx context.Context, s *session, schema string) (revisionList, error) {
	revs := newRevisions(s, schema)
	ok, err := revs.exists(ctx)
	if err != nil || !ok {
		return revisionList{}, err
	}
	list, err := revs.ReadRevisions(ctx)
	if err != nil {
		return revisionList{}, hinted(fmt.Errorf("read the revision table: %w", err), sqlHint(sqlState(err), ""))
	}
	return revisionList{list: list}, nil
}

// statusDriver is the driver of an executor that executes nothing.
type statusDriver struct{ migrate.Driver }

// CheckClean implements migrate.CleanChecker.
func (statusDriver) CheckClean(context.Context, *migrate.TableIdent) error { return nil }
