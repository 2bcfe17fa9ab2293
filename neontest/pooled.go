package neontest

import (
	"context"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/espalier-go/espalier/internal/pglocal/pgbouncer"
)

// poolerPrepared is how many statements the pooler keeps where it can, as Neon's
// does.
const poolerPrepared = 1000

var (
	poolerMu sync.Mutex
	// processPooler ends with the process.
	processPooler *pgbouncer.Bouncer
)

// PooledURL leads to the database through a PgBouncer in transaction mode, which
// the first call starts for the whole process. Its host name ends in "-pooler",
// as Neon's do, and resolves for the package neon only. A missing PgBouncer fails
// the test.
func (db *DB) PooledURL(tb testing.TB) string {
	tb.Helper()
	poolerMu.Lock()
	defer poolerMu.Unlock()
	if processPooler == nil {
		b, err := pgbouncer.Start(context.Background(), db.URL, &pgbouncer.Config{Prepared: poolerPrepared})
		if err != nil {
			fatal(tb, err)
		}
		processPooler = b
	}
	return processPooler.URL(db.name)
}

// ClientURL is what a test of a client connects to: PooledURL where
// ESPALIER_TEST_POOLED is true, else URL.
func (db *DB) ClientURL(tb testing.TB) string {
	tb.Helper()
	if pooled, _ := strconv.ParseBool(os.Getenv("ESPALIER_TEST_POOLED")); pooled {
		return db.PooledURL(tb)
	}
	return db.URL
}
