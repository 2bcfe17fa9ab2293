package migration

import (
	"context"
	"errors"
	"io/fs"
	"time"
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
	// LockRetries is how often a file (with TxNone: a statement) that ran into
	// LockTimeout is tried again, each after a longer pause. Defaults to 5;
	// negative means never.
	LockRetries int
	// Wait is how long to wait for another applier of the same database to
	// finish: lock_timeout in atlas.hcl. Defaults to 10 s.
	Wait time.Duration
	// AllowDirty lets the first migration run in a database that has tables
	// already. Defaults to false.
	AllowDirty bool
	// Operator is recorded with each revision. Defaults to "Espalier".
	Operator string
	// Progress is called for every step, in order, from the calling goroutine.
	Progress func(Event)
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
func Apply(ctx context.Context, url string, dir fs.FS, cfg *ApplyConfig) (*Result, error) {
	return nil, errors.ErrUnsupported
}
