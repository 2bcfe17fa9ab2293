package lint

import (
	"fmt"
	"strconv"
	"time"
)

// What a small compute does in a second, in bytes: an order of magnitude, so
// that a table of a gigabyte isn't taken for one of a megabyte. Rehearse
// measures.
const (
	scanRate    = 200 << 20
	indexRate   = 30 << 20
	rewriteRate = 40 << 20
)

// work is what takes the time of a statement.
type work int

const (
	brief work = iota
	scan
	build
	rewrite
)

// duration is how long the work takes on a table of the size.
func (w work) duration(s Size) time.Duration {
	var seconds float64
	switch w {
	case scan:
		seconds = float64(s.Bytes) / scanRate
	case build:
		seconds = float64(s.Bytes) / indexRate
	case rewrite:
		seconds = float64(s.Total) / rewriteRate
	}
	return time.Duration(seconds * float64(time.Second))
}

// estimate describes the size and how long the work may take.
func (w work) estimate(s Size) string {
	size := bytes(s.Bytes)
	if s.Rows >= 0 {
		size = thousands(s.Rows) + " rows, " + size
	}
	if w == brief {
		return size + ": a moment, once the lock is granted"
	}
	d := w.duration(s)
	switch {
	case d < time.Second:
		return size + ": under a second"
	case d < 2*time.Minute:
		return fmt.Sprintf("%s: about %d s", size, int(d.Seconds()+0.5))
	case d < 2*time.Hour:
		return fmt.Sprintf("%s: about %d min", size, int(d.Minutes()+0.5))
	}
	return fmt.Sprintf("%s: about %d h", size, int(d.Hours()+0.5))
}

// bytes writes a size in the largest unit that fits.
func bytes(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%d kB", n>>10)
	case n < 10<<30:
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d GB", n>>30)
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
