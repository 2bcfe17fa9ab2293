package neon

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// The pause before a request to cancel is repeated, which doubles, and how often
// it is: 0.75 s in all.
const (
	firstInsist = 50 * time.Millisecond
	maxInsists  = 3
)

// insist cancels a statement again whose context has ended, and then cuts the
// connection. pgconn has given it up and asked the server once to cancel, and
// waits 15 s for the server to hang up, while the connection keeps its place in
// the pool. That is for nothing where the request overtook the statement and
// found nothing to cancel, and where the context has torn a message apart: the
// server waits for the rest of it. Behind a pooler it helps as long as that keeps
// the client: pgconn's farewell follows the statement, the pooler hangs up when
// it reads that, and then nobody can cancel what it has passed on.
func insist(pg *pgconn.PgConn, err error) {
	if !pg.IsClosed() || !contextEnded(err) {
		return
	}
	go func() {
		for n := range maxInsists + 1 {
			select {
			case <-pg.CleanupDone():
				return
			case <-time.After(firstInsist << n):
			}
			if n < maxInsists {
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				_ = pg.CancelRequest(ctx)
				cancel()
			}
		}
		_ = pg.Conn().Close()
	}()
}

func contextEnded(err error) bool {
	return pgconn.Timeout(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
