package migration

import (
	"context"
	"errors"
	"io/fs"
	"time"
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
// dir. It writes nothing, not even the revision table.
func Status(ctx context.Context, url string, dir fs.FS, cfg *StatusConfig) (*Report, error) {
	return nil, errors.ErrUnsupported
}
