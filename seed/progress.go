package seed

import "time"

// Progress is how far a run is.
type Progress struct {
	// Waiting tells that another run holds the lock; the rest is zero then.
	Waiting bool
	// Reconnecting is the number of the attempt to connect again, or 0.
	Reconnecting int
	// Table is the one that is filled, TableRows of its TableTotal rows are in.
	Table      string
	TableRows  int64
	TableTotal int64
	// Rows of all Total rows are in, those of earlier runs included.
	Rows  int64
	Total int64
	// Rate is in rows a second over the last seconds, 0 at the start.
	Rate float64
	// ETA is how long the rest takes at that rate, 0 while it isn't known.
	ETA time.Duration
	// Elapsed is the time since Run began to send.
	Elapsed time.Duration
}

// meter measures the rate over a window, so that it follows a change.
type meter struct {
	start time.Time
	marks []mark
}

type mark struct {
	at   time.Time
	rows int64
}

const window = 5 * time.Second

func (m *meter) add(now time.Time, rows int64) {
	if m.start.IsZero() {
		m.start = now
	}
	m.marks = append(m.marks, mark{now, rows})
	for len(m.marks) > 2 && now.Sub(m.marks[1].at) >= window {
		m.marks = m.marks[1:]
	}
}

func (m *meter) fill(p *Progress, now time.Time) {
	first, last := m.marks[0], m.marks[len(m.marks)-1]
	p.Elapsed = now.Sub(m.start)
	if d := last.at.Sub(first.at).Seconds(); d > 0 {
		p.Rate = float64(last.rows-first.rows) / d
	}
	if p.Rate > 0 {
		p.ETA = time.Duration(float64(p.Total-p.Rows) / p.Rate * float64(time.Second))
	}
}
