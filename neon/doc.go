// Package neon connects an ent client to Neon, or to any Postgres, at the price
// of one network round trip per statement.
//
// Start with Open. The Driver it returns goes into ent.Driver:
//
//	drv, err := neon.Open(ctx, os.Getenv("DATABASE_URL"), nil)
//	if err != nil {
//		return err
//	}
//	defer drv.Close()
//	client := ent.NewClient(ent.Driver(drv))
//
// The driver speaks the extended protocol itself: it parses, binds and executes
// in one flush the first time it sees a statement and every time after, sends
// BEGIN along with the first statement of a transaction, never pings in the path
// of a query, and replaces connections that a suspended compute left behind
// before, or for reads after, they fail. Values scan as they do through
// pgx/v5/stdlib.
//
// A Batch sends several statements in one flush, through ent's drivers and
// transactions.
//
// Driver.DB gives a *sql.DB over the same connections, for migration tools and
// raw SQL; Driver.Pool gives the pgx pool, for COPY and LISTEN. Prefer the
// Driver wherever round trips matter. Migrations, LISTEN and session state
// belong on a direct URL, not on a pooled one.
//
// A read outside a transaction whose connection breaks is run again as long as no
// row of it has been given out. The first row is given out when the answer has
// ended or 64 KiB of it have come: a shorter one is read whole and breaks off for
// nobody, a longer one streams, and the Err of its rows tells where it broke off.
// In a transaction every loss is an error for which IsRetryableTx holds.
//
// A write never runs twice. When the answer to a write or to a COMMIT is lost,
// the error is an *UnknownCommitError: ask the database, or make the write
// idempotent, before you repeat it.
package neon
