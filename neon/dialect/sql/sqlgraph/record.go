package sqlgraph

import (
	"context"
	stdsql "database/sql"
	"database/sql/driver"
	"errors"

	"entgo.io/ent/dialect"

	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// recorder plays the driver while one of ent's functions renders its
// statements: ent decides what is run, in which order, and what each error is
// called; we decide only how it travels. Every statement without rows
// succeeds; the first with rows ends the recording.
type recorder struct {
	dialect string
	execs   []recorded
	query   *recorded
	// fallbacks are what needs more than that.
	fallbacks []*neon.Fallback
}

// recorded is a statement, counted when ent looks at the affected rows.
type recorded struct {
	query   string
	args    []any
	counted bool
}

// errRecorded ends a recording.
var errRecorded = errors.New("neon: recorded")

// enough is more rows than any statement of ent expects.
const enough = 1 << 40

func (r *recorder) Exec(_ context.Context, query string, args, v any) error {
	argv, _ := args.([]any)
	res, counted := v.(*stdsql.Result)
	if counted && res != nil {
		*res = driver.RowsAffected(enough)
	}
	r.execs = append(r.execs, recorded{query: query, args: argv, counted: counted})
	return nil
}

func (r *recorder) Query(_ context.Context, query string, args, v any) error {
	if f, ok := v.(*neon.Fallback); ok {
		r.fallbacks = append(r.fallbacks, f)
		return nil
	}
	argv, _ := args.([]any)
	r.query = &recorded{query: query, args: argv}
	return errRecorded
}

func (r *recorder) Dialect() string                        { return r.dialect }
func (r *recorder) Close() error                           { return nil }
func (r *recorder) Commit() error                          { return nil }
func (r *recorder) Rollback() error                        { return nil }
func (r *recorder) Tx(context.Context) (dialect.Tx, error) { return r, nil }

// record runs one of ent's functions against a recorder. What it returns as an
// error, ent found before it sent anything.
func record(drv dialect.Driver, run func(dialect.Driver) error) (*recorder, error) {
	r := &recorder{dialect: drv.Dialect()}
	if err := run(r); err != nil && !errors.Is(err, errRecorded) {
		return nil, err
	}
	return r, nil
}

// replay plays the driver once more after a recording has failed on the
// server, so that ent makes the error that it makes of such a failure.
type replay struct {
	dialect string
	errs    map[int]error // by position, queries included
	counts  map[int]int64 // affected rows by position; 0 where missing
	next    int
}

func (r *replay) Exec(_ context.Context, _ string, _, v any) error {
	i := r.next
	r.next++
	if res, ok := v.(*stdsql.Result); ok && res != nil {
		*res = driver.RowsAffected(r.counts[i])
	}
	return r.errs[i]
}

func (r *replay) Query(_ context.Context, _ string, _, v any) error {
	i := r.next
	r.next++
	if rows, ok := v.(*sql.Rows); ok {
		rows.ColumnScanner = noRows{}
	}
	return r.errs[i]
}

func (r *replay) Dialect() string                        { return r.dialect }
func (r *replay) Close() error                           { return nil }
func (r *replay) Commit() error                          { return nil }
func (r *replay) Rollback() error                        { return nil }
func (r *replay) Tx(context.Context) (dialect.Tx, error) { return r, nil }

// noRows is an empty result.
type noRows struct{ sql.ColumnScanner }

func (noRows) Columns() ([]string, error) { return nil, nil }
func (noRows) Next() bool                 { return false }
func (noRows) Err() error                 { return nil }
func (noRows) Close() error               { return nil }
