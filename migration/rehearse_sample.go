package migration

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/espalier-go/espalier/migration/lint"
)

// sampler follows the locks of a session from another one. What the session
// says of itself (note) makes the spans exact at the ends of statements; the
// samples show what happens within them and when the locks go.
type sampler struct {
	s     *session
	every time.Duration

	mu    sync.Mutex
	start time.Time
	spans []LockSpan
	open  map[lint.Lock]int // index in spans
	seen  map[lint.Lock]time.Duration
	// end asks the samples to end, done says that they did. A query isn't
	// canceled: the connection has more to do.
	end, done chan struct{}
}

// watch begins to follow a server process, once.
func (p *sampler) watch(ctx context.Context, pid uint32, start time.Time, tables map[uint32]*lint.Relation) {
	if p.done != nil {
		return
	}
	p.start, p.open, p.seen = start, make(map[lint.Lock]int), make(map[lint.Lock]time.Duration)
	p.end, p.done = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(p.done)
		tick := time.NewTicker(p.every)
		defer tick.Stop()
		for {
			select {
			case <-p.end:
				return
			case <-tick.C:
			}
			at := time.Since(p.start)
			if held, err := p.look(ctx, pid, tables); err == nil {
				p.sample(held, at, time.Since(p.start))
			}
		}
	}()
}

// look reads the locks of the process.
func (p *sampler) look(ctx context.Context, pid uint32, tables map[uint32]*lint.Relation) ([]lint.Lock, error) {
	rows, err := p.s.conn.QueryContext(ctx, `SELECT relation::bigint, mode FROM pg_catalog.pg_locks WHERE locktype = 'relation' AND granted AND pid = $1
		AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())`, int64(pid))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []lint.Lock
	for rows.Next() {
		var oid uint32
		var mode string
		if err := rows.Scan(&oid, &mode); err != nil {
			return nil, err
		}
		if t := tables[oid]; t != nil {
			if m := lint.ParseLockMode(mode); m > lint.RowShare {
				out = append(out, lint.Lock{Mode: m, Table: t.String(), OID: oid})
			}
		}
	}
	return out, rows.Err()
}

// sample takes in what was held between from and to.
func (p *sampler) sample(held []lint.Lock, from, to time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l, i := range p.open {
		if !slices.Contains(held, l) && p.seen[l] < from {
			p.spans[i].To = max(p.spans[i].To, from)
			delete(p.open, l)
		}
	}
	for _, l := range held {
		p.hold(l, from, to)
	}
}

// hold makes a lock's span reach until to.
func (p *sampler) hold(l lint.Lock, from, to time.Duration) {
	i, ok := p.open[l]
	if !ok {
		i = len(p.spans)
		p.spans = append(p.spans, LockSpan{Lock: l, From: from, To: to})
		p.open[l] = i
	}
	p.spans[i].To = max(p.spans[i].To, to)
	p.seen[l] = max(p.seen[l], to)
}

// note takes in what the session says it holds at the end of a statement that
// began at from.
func (p *sampler) note(held []lint.Lock, from, to time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range held {
		if l.Mode > lint.RowShare {
			p.hold(l, from, to)
		}
	}
}

// between returns the locks that were held at some moment of a statement.
func (p *sampler) between(from, to time.Duration) []lint.Lock {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []lint.Lock
	for _, s := range p.spans {
		if s.From < to && s.To > from {
			out = append(out, s.Lock)
		}
	}
	return out
}

// stop ends the sampling; locks still open end now.
func (p *sampler) stop() {
	if p.done == nil {
		return
	}
	close(p.end)
	<-p.done
	// Those that weren't seen go were released at the last commit, before Apply
	// returned.
	slices.SortStableFunc(p.spans, func(a, b LockSpan) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(b.Mode, a.Mode), cmp.Compare(a.Table, b.Table))
	})
}

// strongestLocks keeps the strongest lock of each table.
func strongestLocks(locks []lint.Lock) []lint.Lock {
	var out []lint.Lock
	for _, l := range locks {
		i := slices.IndexFunc(out, func(o lint.Lock) bool { return o.OID == l.OID })
		switch {
		case i < 0:
			out = append(out, l)
		case out[i].Mode < l.Mode:
			out[i] = l
		}
	}
	slices.SortFunc(out, func(a, b lint.Lock) int {
		return cmp.Or(cmp.Compare(b.Mode, a.Mode), cmp.Compare(a.Table, b.Table))
	})
	return out
}

func sortWork(w []TableWork) {
	slices.SortFunc(w, func(a, b TableWork) int { return cmp.Compare(a.Table, b.Table) })
}
