package neon

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// The pauses between requests to cancel grow from the first to the last.
const firstInsist, lastInsist = 50 * time.Millisecond, 2 * time.Second

// insist cancels a statement again whose context has ended. pgconn has given the
// connection up and asked the server once; a request that overtook the statement
// finds nothing to cancel, and the server would work on for nobody, while the
// connection keeps its place in the pool.
func insist(pg *pgconn.PgConn, err error) {
	if !pg.IsClosed() || !contextEnded(err) {
		return
	}
	go func() {
		for pause := firstInsist; ; pause = min(2*pause, lastInsist) {
			select {
			case <-pg.CleanupDone():
				return
			case <-time.After(pause):
			}
			ctx, cancel := context.WithTimeout(context.Background(), lastInsist)
			_ = pg.CancelRequest(ctx)
			cancel()
		}
	}()
}

func contextEnded(err error) bool {
	return pgconn.Timeout(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
