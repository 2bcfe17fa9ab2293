package neon

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	firstPause    = 50 * time.Millisecond
	longestPause  = 2 * time.Second
	overloadPause = 500 * time.Millisecond
)

// acquire takes a connection from the pool, and connects again and again within
// the wake budget while IsRetryableConnect holds: nothing has been sent yet.
func (d *Driver) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	pc, err := d.pool.Acquire(ctx)
	if err == nil {
		return pc, nil
	}
	start := time.Now()
	pause := firstPause
	for attempt := 1; ; attempt++ {
		var ce *pgconn.ConnectError
		if !errors.As(err, &ce) {
			return nil, err
		}
		failed := &ConnectError{Host: d.address(), Attempts: attempt, Elapsed: time.Since(start), Err: err}
		class := classifyConnect(err)
		if !class.retry || ctx.Err() != nil {
			return nil, failed
		}
		if class.overload {
			pause = max(pause, overloadPause)
		}
		// Full jitter on the upper half keeps clients of one compute apart.
		wait := pause/2 + rand.N(pause/2+1)
		if time.Since(start)+wait > d.wakeBudget {
			return nil, failed
		}
		d.log.DebugContext(ctx, "neon: connecting again", "host", d.url.Host, "attempt", attempt, "wait", wait, "error", err)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, failed
		case <-timer.C:
		}
		pause = min(2*pause, longestPause)
		if pc, err = d.pool.Acquire(ctx); err == nil {
			return pc, nil
		}
	}
}

func (d *Driver) address() string {
	return net.JoinHostPort(d.url.Host, strconv.Itoa(int(d.url.Port)))
}

// closeNow ends a connection whose state is not known any more.
func closeNow(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// held is a connection that goes back even when what the caller brought along
// panics, such as a value that encodes itself. The pool closes one that is busy.
type held struct{ conn *pgxpool.Conn }

func (h *held) release() {
	if h.conn != nil {
		h.conn.Release()
		h.conn = nil
	}
}

var errPanicked = errors.New("a panic in the middle of a statement")
