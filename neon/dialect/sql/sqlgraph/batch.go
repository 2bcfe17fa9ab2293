package sqlgraph

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// statement is one statement of a flush.
type statement struct {
	query string
	args  []any
	// read consumes the rows, where there are any to read.
	read func(*sql.Rows) error
}

// errRefused tells that a driver on the way doesn't pass batches on. Nothing
// was sent.
var errRefused = errors.New("neon: the driver takes no batches")

// send runs the statements in one round trip. Their text and arguments go
// along for drivers that log them.
func send(ctx context.Context, drv dialect.Driver, statements []statement) (*neon.Batch, error) {
	batch := &neon.Batch{}
	var args []any
	for _, s := range statements {
		batch.Queue(s.query, s.args, s.read)
		args = append(args, s.args...)
	}
	err := drv.Query(ctx, batch.String(), args, batch)
	// The words of ent's own drivers, which look at the type first.
	if err != nil && strings.Contains(err.Error(), fmt.Sprintf("invalid type %T", batch)) {
		return nil, errRefused
	}
	return batch, err
}

// cause splits the error of a batch into the statement and its own error. The
// index is -1 when no single statement failed.
func cause(err error) (int, error) {
	var failed *neon.BatchError
	if errors.As(err, &failed) {
		return failed.Index, failed.Err
	}
	return -1, err
}

// scan reads the one row of a statement into a node. It is false when there is
// none.
func scan(rows sql.ColumnScanner, columns []string, scanValues func([]string) ([]any, error), assign func([]string, []any) error) (bool, error) {
	if !rows.Next() {
		return false, rows.Err()
	}
	values, err := scanValues(columns)
	if err != nil {
		return false, err
	}
	for i, v := range values {
		if _, ok := v.(*sql.UnknownType); ok {
			values[i] = sql.ScanTypeOf(&sql.Rows{ColumnScanner: rows}, i)
		}
	}
	if err := rows.Scan(values...); err != nil {
		return false, fmt.Errorf("failed scanning rows: %w", err)
	}
	return true, assign(columns, values)
}
