package sqlgraph

import (
	"context"
	"errors"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// SQL is the statement that a query sends first, with its arguments. Comments at
// its end tell which edges are loaded by queries of their own, and why. run runs
// the query on a driver that stands in for drv and sends nothing.
func SQL(drv dialect.Driver, run func(dialect.Driver) error) (string, []any, error) {
	rec, err := record(drv, run)
	if err != nil {
		return "", nil, err
	}
	if rec.query == nil {
		return "", nil, errors.New("neon: the query sends no statement")
	}
	text := rec.query.query
	for _, f := range rec.fallbacks {
		text += "\n" + f.String()
	}
	return text, rec.query.args, nil
}

// Explain is the plan the server makes for a statement, without running it, and
// the comments at the end of the statement.
func Explain(ctx context.Context, drv dialect.Driver, query string, args []any) (string, error) {
	rows := &sql.Rows{}
	if err := drv.Query(ctx, "EXPLAIN "+query, args, rows); err != nil {
		return "", err
	}
	defer rows.Close()
	var plan []string
	if err := sql.ScanSlice(rows, &plan); err != nil {
		return "", err
	}
	if i := strings.Index(query, "\n-- neon: "); i >= 0 {
		plan = append(plan, query[i+1:])
	}
	return strings.Join(plan, "\n"), nil
}

// errStop ends a stream whose reader has had enough.
var errStop = errors.New("neon: stopped")

// Stream runs the query of spec and yields each node as its row arrives.
// newNode gives a node and the function that assigns it.
func Stream[T any](ctx context.Context, drv dialect.Driver, spec *QuerySpec, newNode func() (T, func([]string, []any) error), yield func(T, error) bool) {
	spec.Edges = nil
	spec.Assign = func(columns []string, values []any) error {
		node, assign := newNode()
		if err := assign(columns, values); err != nil {
			return err
		}
		if !yield(node, nil) {
			return errStop
		}
		return nil
	}
	if err := QueryNodes(ctx, drv, spec); err != nil && !errors.Is(err, errStop) {
		var zero T
		yield(zero, err)
	}
}
