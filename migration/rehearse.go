package migration

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"ariga.io/atlas/sql/migrate"
	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/migration/lint"
)

// RehearseConfig holds the options of Rehearse. Its zero value works.
type RehearseConfig struct {
	// Apply is how the files are applied. Progress is called for every step.
	Apply ApplyConfig
	// Smoke are queries that must still work after the files. Defaults to none.
	Smoke []string
	// Dev makes the databases on which Down computes the way back, which is then
	// tried on the copy. Defaults to not trying it.
	Dev Dev
	// SampleEvery is how often the locks are looked at from outside. Defaults to
	// 20 ms.
	SampleEvery time.Duration
	// Expires is after what time the provider may delete the copy where this
	// process can't. Defaults to 2 h.
	Expires time.Duration
}

// Rehearse makes a throw-away copy of the branch, applies the pending files of
// dir there and measures what they do: the locks and how long they are held,
// rewrites, scans, the write-ahead log, time. The copy is deleted, whatever
// happens; the branch itself is only copied.
//
// Where a file or a smoke query fails the report says so in Error, and Rehearse
// returns no error. With nothing pending the report has no files.
func Rehearse(ctx context.Context, p branch.Provider, of string, dir fs.FS, cfg *RehearseConfig) (_ *Rehearsal, err error) {
	var c RehearseConfig
	if cfg != nil {
		c = *cfg
	}
	c.SampleEvery, c.Expires = cmp.Or(c.SampleEvery, 20*time.Millisecond), cmp.Or(c.Expires, 2*time.Hour)
	mem, err := loadValid(dir)
	if err != nil {
		return nil, err
	}
	name := "rehearse-" + strings.ToLower(rand.Text()[:10])
	b, err := p.Create(ctx, name, branch.CreateOptions{Parent: of, ExpiresAt: time.Now().Add(c.Expires)})
	defer func() {
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if gone := p.Delete(clean, name); gone != nil && !errors.Is(gone, branch.ErrNotFound) {
			err = errors.Join(err, hinted(fmt.Errorf("delete the copy %s: %w", name, gone), "delete it: `espalier branch delete "+name+"`"))
		}
	}()
	if err != nil {
		return nil, fmt.Errorf("copy the branch: %w", err)
	}
	endpoint, err := p.Endpoint(ctx, b.ID)
	if err != nil {
		return nil, fmt.Errorf("connect to the copy: %w", err)
	}
	rep := &Rehearsal{Branch: of, At: time.Now().UTC(), SampleEvery: c.SampleEvery, Files: []RehearsedFile{}, Locks: []LockSpan{}}
	h := &rehearser{rep: rep, cfg: c, url: endpoint.URL, mem: mem}
	return rep, h.run(ctx, dir)
}

// rehearser is one run of Rehearse.
type rehearser struct {
	rep   *Rehearsal
	cfg   RehearseConfig
	url   string
	mem   *migrate.MemDir
	start time.Time
	s     *sampler
	sizes map[string]lint.Size

	// before the statement that runs
	facts *factsAt
	reads map[uint32]tableReads
	lsn   string
	first map[uint32]*lint.Relation // what was there before the first file
}

// tableReads are a backend's own counters of a table.
type tableReads struct{ scans, rows int64 }

func (h *rehearser) run(ctx context.Context, dir fs.FS) error {
	looker, err := connect(ctx, h.url)
	if err != nil {
		return err
	}
	defer looker.close()
	revisionsSchema := cmp.Or(h.cfg.Apply.RevisionsSchema, DefaultRevisionsSchema)
	if h.rep.Schema, err = looker.fingerprint(ctx, revisionsSchema); err != nil {
		return err
	}
	if err := looker.conn.QueryRowContext(ctx, "SELECT current_setting('server_version')").Scan(&h.rep.Postgres); err != nil {
		return err
	}
	if h.sizes, err = tableSizes(ctx, h.url); err != nil {
		return err
	}
	h.s = &sampler{s: looker, every: h.cfg.SampleEvery}
	cfg := h.cfg.Apply
	progress := cfg.Progress
	cfg.Progress = func(e Event) {
		h.event(e)
		if progress != nil {
			progress(e)
		}
	}
	cfg.inside = h.inside
	h.start = time.Now()
	res, err := Apply(ctx, h.url, dir, &cfg)
	h.s.stop()
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), err)
	}
	if res != nil {
		h.rep.From, h.rep.To, h.rep.Duration = res.From, res.To, res.Duration
	}
	for i := range h.rep.Files {
		for _, s := range h.rep.Files[i].Statements {
			h.rep.WALBytes += s.WALBytes
		}
	}
	if h.s.spans != nil {
		h.rep.Locks = h.s.spans
	}
	if err != nil {
		h.rep.Error = err.Error()
		return nil
	}
	if err := h.smoke(ctx); err != nil {
		return err
	}
	return h.down(ctx, dir, revisionsSchema)
}

// down takes the files back again.
func (h *rehearser) down(ctx context.Context, dir fs.FS, revisionsSchema string) error {
	if h.cfg.Dev == nil || len(h.rep.Files) == 0 || h.rep.From == "" {
		return nil
	}
	d := &RehearsedDown{}
	h.rep.Down = d
	res, err := Down(ctx, h.url, dir, h.cfg.Dev, &DownConfig{To: h.rep.From, AllowLoss: true, RevisionsSchema: revisionsSchema})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		d.Error = err.Error()
		return nil
	}
	d.SQL, d.Loses, d.Duration = res.SQL, res.Loses, res.Duration
	schema, err := h.s.s.fingerprint(ctx, revisionsSchema)
	d.Restored = schema == h.rep.Schema
	return err
}

// event follows Apply from outside of its transactions.
func (h *rehearser) event(e Event) {
	switch e.Kind {
	case EventFileStart:
		f := RehearsedFile{Name: e.File.Name, Version: e.File.Version, Start: time.Since(h.start), Statements: []RehearsedStatement{}}
		if sums, err := h.mem.Checksum(); err == nil {
			f.Hash, _ = sums.SumByName(f.Name)
		}
		if n := len(h.rep.Files); n > 0 && h.rep.Files[n-1].Name == f.Name {
			h.rep.Files[n-1] = f // another try
			return
		}
		h.rep.Files = append(h.rep.Files, f)
	case EventFileDone:
		for i := range h.rep.Files {
			if h.rep.Files[i].Name == e.File.Name {
				h.rep.Files[i].Duration = e.Duration
			}
		}
	}
}

// inside looks around on Apply's own session, before and after each statement,
// where there is a transaction inside of it.
func (h *rehearser) inside(ctx context.Context, s *session, e Event) error {
	if e.Kind == EventStmtStart {
		return h.before(ctx, s)
	}
	return h.after(ctx, s, e)
}

func (h *rehearser) before(ctx context.Context, s *session) (err error) {
	if h.facts, err = s.facts(ctx, h.facts); err != nil {
		return err
	}
	if h.first == nil {
		h.first = make(map[uint32]*lint.Relation)
		for oid, r := range h.facts.catalog.Relations {
			if r.Schema != cmp.Or(h.cfg.Apply.RevisionsSchema, DefaultRevisionsSchema) {
				h.first[oid] = r
			}
		}
	}
	if h.reads, err = readCounters(ctx, s); err != nil {
		return err
	}
	h.s.watch(ctx, s.pid, h.start, h.first)
	return s.conn.QueryRowContext(ctx, "SELECT pg_catalog.pg_current_wal_insert_lsn()::text").Scan(&h.lsn)
}

func (h *rehearser) after(ctx context.Context, s *session, e Event) error {
	st := RehearsedStatement{SQL: e.Stmt, Line: e.Line, Start: time.Since(h.start) - e.Duration, Duration: e.Duration}
	if err := s.conn.QueryRowContext(ctx, "SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), $1::text::pg_lsn)::bigint", h.lsn).Scan(&st.WALBytes); err != nil {
		return err
	}
	o := &observer{s: s, existing: func(oid uint32) bool { return h.first[oid] != nil }}
	before := &lint.Statement{Before: h.facts.catalog}
	locks, err := o.locks(ctx, s, before, "pg_catalog.pg_backend_pid()")
	if err != nil {
		return err
	}
	now := time.Since(h.start)
	h.s.note(locks, st.Start, now)
	st.Locks = strongestLocks(append(locks, h.s.between(st.Start, now)...))
	reads, err := readCounters(ctx, s)
	if err != nil {
		return err
	}
	last := h.facts
	if h.facts, err = s.facts(ctx, last); err != nil {
		return err
	}
	for oid, r := range last.catalog.Relations {
		if h.first[oid] == nil {
			continue
		}
		size := h.sizes[r.String()]
		if now := h.facts.catalog.Relations[oid]; now != nil && now.Filenode != r.Filenode && now.Filenode != 0 {
			st.Rewrites = append(st.Rewrites, TableWork{r.String(), max(size.Rows, 0), size.Total})
		}
		if d := reads[oid].scans - h.reads[oid].scans; d > 0 {
			st.Scans = append(st.Scans, TableWork{r.String(), reads[oid].rows - h.reads[oid].rows, size.Total})
		}
	}
	sortWork(st.Rewrites)
	sortWork(st.Scans)
	f := &h.rep.Files[len(h.rep.Files)-1]
	f.Statements = append(f.Statements, st)
	return nil
}

// readCounters reads the backend's own counters of sequential scans.
func readCounters(ctx context.Context, s *session) (map[uint32]tableReads, error) {
	rows, err := s.conn.QueryContext(ctx, `SELECT relid::bigint, seq_scan, seq_tup_read FROM pg_catalog.pg_stat_xact_user_tables WHERE seq_scan > 0`)
	if err != nil {
		return nil, fmt.Errorf("read the counters of scans: %w", err)
	}
	defer rows.Close()
	out := make(map[uint32]tableReads)
	for rows.Next() {
		var oid uint32
		var r tableReads
		if err := rows.Scan(&oid, &r.scans, &r.rows); err != nil {
			return nil, fmt.Errorf("read the counters of scans: %w", err)
		}
		out[oid] = r
	}
	return out, rows.Err()
}

// smoke runs the smoke queries, each in a transaction that is rolled back.
func (h *rehearser) smoke(ctx context.Context) error {
	for _, q := range h.cfg.Smoke {
		res, start := SmokeResult{SQL: q}, time.Now()
		err := h.query(ctx, q, &res.Rows)
		res.Duration = time.Since(start)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			res.Error = err.Error()
			h.rep.Error = cmp.Or(h.rep.Error, "smoke query: "+res.Error)
		}
		h.rep.Smoke = append(h.rep.Smoke, res)
	}
	return nil
}

func (h *rehearser) query(ctx context.Context, q string, n *int) (err error) {
	s := h.s.s
	if err := s.reset(ctx, -1); err != nil {
		return err
	}
	if _, err := s.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	defer func() {
		_, rolled := s.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		err = errors.Join(err, rolled)
	}()
	rows, err := s.conn.QueryContext(ctx, q)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		*n++
	}
	return rows.Err()
}
