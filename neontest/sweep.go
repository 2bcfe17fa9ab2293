package neontest

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// Templates beyond the newest few go when nobody used them for a while.
	keepTemplates = 4
	templateAge   = time.Hour
)

// sweep drops what dead processes left: their test databases, and templates
// of migrations that are no longer tested. It runs beside the tests and gives
// up at the first error: the next process sweeps, too.
func (s *server) sweep() {
	ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.adminURL)
	if err != nil {
		return
	}
	defer conn.Close(ctx)
	if s.sweepTests(ctx, conn) == nil {
		_ = sweepTemplates(ctx, conn, time.Now())
	}
}

func (s *server) sweepTests(ctx context.Context, conn *pgx.Conn) error {
	rows, _ := conn.Query(ctx, "select datname from pg_database where starts_with(datname, $1) order by 1", testPrefix)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		run, _, _ := strings.Cut(strings.TrimPrefix(name, testPrefix), "_")
		if run == s.run {
			continue
		}
		err := ifFree(ctx, conn, runKey(run), func() error {
			// Without force: a connection would mean that somebody lives.
			_, err := conn.Exec(ctx, "drop database if exists "+quote(name))
			if hasCode(err, "55006") {
				return nil
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func sweepTemplates(ctx context.Context, conn *pgx.Conn, now time.Time) error {
	rows, _ := conn.Query(ctx, `select datname from pg_database where starts_with(datname, $1)
		order by shobj_description(oid, 'pg_database') desc nulls last`, templatePrefix)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for i, name := range names {
		if i < keepTemplates {
			continue
		}
		err := ifFree(ctx, conn, lockKey(name), func() error {
			var comment *string
			err := conn.QueryRow(ctx, "select shobj_description(oid, 'pg_database') from pg_database where datname = $1", name).Scan(&comment)
			if err == pgx.ErrNoRows {
				return nil
			}
			if err != nil || comment != nil && now.Sub(parseStamp(*comment)) < templateAge {
				return err
			}
			if _, err := conn.Exec(ctx, "alter database "+quote(name)+" with is_template false"); err != nil {
				return err
			}
			_, err = conn.Exec(ctx, "drop database "+quote(name)+" with (force)")
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ifFree runs fn under the lock, or not at all where somebody holds it.
func ifFree(ctx context.Context, conn *pgx.Conn, key int64, fn func() error) error {
	var free bool
	if err := conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", key).Scan(&free); err != nil || !free {
		return err
	}
	err := fn()
	if _, uerr := conn.Exec(ctx, "select pg_advisory_unlock($1)", key); err == nil {
		err = uerr
	}
	return err
}
