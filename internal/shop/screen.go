package shop

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/espalier-go/espalier/seed"
)

// screen is stderr: a progress bar and color on a terminal, plain lines
// elsewhere.
type screen struct {
	w        io.Writer
	terminal bool
	color    bool
}

func newScreen(w io.Writer) *screen {
	f, ok := w.(*os.File)
	terminal := ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
	return &screen{w: w, terminal: terminal, color: terminal && os.Getenv("NO_COLOR") == ""}
}

func (s *screen) paint(code, text string) string {
	if !s.color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s *screen) fail(msg, hint string) {
	fmt.Fprintf(s.w, "seed: %s %s\n", s.paint("31", "error:"), strings.Join(strings.Fields(msg), " "))
	if hint != "" {
		fmt.Fprintf(s.w, "seed: %s %s\n", s.paint("33", "hint:"), hint)
	}
}

func (s *screen) note(msg string) { fmt.Fprintf(s.w, "seed: %s\n", msg) }

// bar shows how far a run is.
type bar struct {
	screen *screen
	pb     *progressbar.ProgressBar
}

func (s *screen) progress() *bar { return &bar{screen: s} }

// update is a seed.Config.Progress.
func (b *bar) update(p seed.Progress) {
	switch {
	case p.Waiting:
		b.screen.note("waiting for another seed run on this database")
		return
	case p.Reconnecting > 0:
		b.clear()
		b.screen.note(fmt.Sprintf("the connection was lost, connecting again (attempt %d)", p.Reconnecting))
		return
	case !b.screen.terminal:
		return
	case b.pb == nil:
		b.pb = progressbar.NewOptions64(p.Total, progressbar.OptionSetWriter(b.screen.w), progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetElapsedTime(false), progressbar.OptionSetWidth(24), progressbar.OptionThrottle(50*time.Millisecond))
	}
	b.pb.Describe(describe(p))
	_ = b.pb.Set64(p.Rows)
}

// describe is the text before the bar.
func describe(p seed.Progress) string {
	s := fmt.Sprintf("%-16s", p.Table)
	if p.Rate > 0 {
		s += fmt.Sprintf(" %s rows/s, %s left", thousands(int64(p.Rate)), short(p.ETA.Round(time.Second)))
	}
	return s
}

// clear takes the bar away, so that lines may follow.
func (b *bar) clear() {
	if b.pb != nil {
		_ = b.pb.Clear()
		b.pb = nil
	}
}

// thousands writes a number with commas.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// short drops the digits of a duration that nobody reads.
func short(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}
