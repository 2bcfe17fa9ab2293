package cli

import (
	"fmt"
	"time"
)

// progressDelay keeps quick work from flickering.
const progressDelay = 300 * time.Millisecond

// progress shows on a terminal that something is under way, with the seconds
// it took so far, until done is called. Elsewhere it is silent.
func (a *app) progress(format string, args ...any) (done func()) {
	if !a.errOut.terminal || a.debug {
		return func() {}
	}
	text := fmt.Sprintf(format, args...)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		start := time.Now()
		shown := false
		tick := time.NewTicker(progressDelay)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				if shown {
					fmt.Fprint(a.stderr, clearLine)
				}
				return
			case <-tick.C:
				shown = true
				fmt.Fprint(a.stderr, a.errOut.transient(fmt.Sprintf("%s… %s", text, time.Since(start).Truncate(time.Second))))
			}
		}
	}()
	return func() { close(stop); <-stopped }
}
