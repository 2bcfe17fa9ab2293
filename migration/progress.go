package migration

import "time"

// EventKind says what an Event reports.
type EventKind string

// The kinds of Event, in the order in which they come.
const (
	// EventWaiting: another applier holds the lock; comes once.
	EventWaiting EventKind = "waiting"
	// EventFileStart: File begins. Total is its number of statements, Index how
	// many of them an earlier attempt has run.
	EventFileStart EventKind = "file_start"
	// EventStmtStart: the statement Stmt, number Index of Total, begins.
	EventStmtStart EventKind = "stmt_start"
	// EventStmtDone: it succeeded, after Duration.
	EventStmtDone EventKind = "stmt_done"
	// EventProgress: the statement has been running for Duration, and is at
	// Detail, of which Percent is done. Comes after a second and every half.
	EventProgress EventKind = "progress"
	// EventCleanup: an earlier try left an invalid index, which Stmt drops.
	EventCleanup EventKind = "cleanup"
	// EventRetry: File couldn't get a lock (Err) and is tried again after Duration.
	EventRetry EventKind = "retry"
	// EventFileDone: File is applied and, except with TxAll, committed; it took Duration.
	EventFileDone EventKind = "file_done"
)

// Event is a step of Apply.
type Event struct {
	Kind     EventKind
	File     File
	Stmt     string // the statement's text
	Line     int    // its line in the file, from 1
	Index    int    // its number in the file, from 1
	Total    int    // how many statements the file has
	Attempt  int    // how often File was tried before
	Duration time.Duration
	Detail   string  // the phase of an index build, what the statement waits for, or ""
	Percent  float64 // of Detail, in EventProgress; -1 where it isn't known
	Err      error
}
