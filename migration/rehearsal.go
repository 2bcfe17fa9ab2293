package migration

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/espalier-go/espalier/migration/lint"
)

// Rehearsal is the report of Rehearse: what the pending files did to a copy of
// a branch.
type Rehearsal struct {
	// Branch is the name of the branch that was copied, Postgres the version of
	// its server, At when.
	Branch   string    `json:"branch"`
	Postgres string    `json:"postgres"`
	At       time.Time `json:"at"`
	// From and To are the versions before and after.
	From string `json:"from"`
	To   string `json:"to"`
	// Schema identifies the schema before; Apply compares it.
	Schema string `json:"schema"`
	// Files are those that were run, in order.
	Files []RehearsedFile `json:"files"`
	// Locks are the locks on tables that were there before, over time.
	Locks []LockSpan `json:"locks"`
	// Smoke are the results of the smoke queries.
	Smoke []SmokeResult `json:"smoke,omitempty"`
	// Down is how the way back went, nil where it wasn't tried.
	Down *RehearsedDown `json:"down,omitempty"`
	// Duration is the time of all files, WALBytes the write-ahead log that they
	// made, in bytes. SampleEvery is how exact the spans of Locks are.
	Duration    time.Duration `json:"duration_ns"`
	WALBytes    int64         `json:"wal_bytes"`
	SampleEvery time.Duration `json:"sample_every_ns"`
	// Error is why the files, or a smoke query, failed; empty when all went well.
	Error string `json:"error,omitempty"`
}

// RehearsedFile is a file that was run on the copy.
type RehearsedFile struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Hash is that of atlas.sum; Apply compares it.
	Hash string `json:"hash"`
	// Start is when it began after the first file did.
	Start      time.Duration        `json:"start_ns"`
	Duration   time.Duration        `json:"duration_ns"`
	Statements []RehearsedStatement `json:"statements"`
}

// RehearsedStatement is a statement that was run on the copy.
type RehearsedStatement struct {
	SQL  string `json:"sql"`
	Line int    `json:"line"`
	// Start is when it began after the first file did.
	Start    time.Duration `json:"start_ns"`
	Duration time.Duration `json:"duration_ns"`
	// WALBytes is the write-ahead log that it made, in bytes.
	WALBytes int64 `json:"wal_bytes"`
	// Locks are those it took or kept on tables that were there before.
	Locks []lint.Lock `json:"locks,omitempty"`
	// Rewrites and Scans are the tables that it wrote anew and read in full.
	Rewrites []TableWork `json:"rewrites,omitempty"`
	Scans    []TableWork `json:"scans,omitempty"`
}

// TableWork is a table and how much of it a statement went through.
type TableWork struct {
	Table string `json:"table"`
	// Rows are those that were read, for each index that is built anew once
	// more; of a rewrite the table's estimate, 0 where there is none.
	Rows int64 `json:"rows"`
	// Bytes is the size of the table before, with its indexes.
	Bytes int64 `json:"bytes"`
}

// LockSpan is a lock and the time it was held, after the first file began.
type LockSpan struct {
	lint.Lock
	From time.Duration `json:"from_ns"`
	To   time.Duration `json:"to_ns"`
}

// SmokeResult is a smoke query and what it said.
type SmokeResult struct {
	SQL      string        `json:"sql"`
	Rows     int           `json:"rows"`
	Duration time.Duration `json:"duration_ns"`
	Error    string        `json:"error,omitempty"`
}

// RehearsedDown is how the files were taken back on the copy.
type RehearsedDown struct {
	SQL string `json:"sql"`
	// Loses is the data that would be lost.
	Loses    []string      `json:"loses,omitempty"`
	Duration time.Duration `json:"duration_ns"`
	// Restored tells that the schema was the former one again.
	Restored bool   `json:"restored"`
	Error    string `json:"error,omitempty"`
}

// OK tells whether all went well.
func (r *Rehearsal) OK() bool { return r.Error == "" }

// Blocked is the longest time that reads and that writes of one table had to
// wait for a lock.
func (r *Rehearsal) Blocked() (reads, writes time.Duration) {
	for _, l := range r.Locks {
		d := l.To - l.From
		if l.Mode >= lint.AccessExclusive {
			reads = max(reads, d)
		}
		if l.Mode.Strong() {
			writes = max(writes, d)
		}
	}
	return reads, writes
}

// WriteJSON writes the report as ReadRehearsal reads it.
func (r *Rehearsal) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// ReadRehearsal reads a report that WriteJSON wrote.
func ReadRehearsal(rd io.Reader) (*Rehearsal, error) {
	var r Rehearsal
	dec := json.NewDecoder(rd)
	if err := dec.Decode(&r); err != nil {
		return nil, fmt.Errorf("read the report of the rehearsal: %w", err)
	}
	if r.Schema == "" || r.At.IsZero() {
		return nil, hinted(errors.New("this is not the report of a rehearsal"), "give the report.json that `espalier migrate rehearse` wrote")
	}
	return &r, nil
}
