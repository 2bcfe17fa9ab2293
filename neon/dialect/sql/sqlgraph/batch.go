package sqlgraph

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// errRefused tells that a driver on the way doesn't pass batches on. Nothing
// was sent.
var errRefused = errors.New("neon: the driver takes no batches")

// send runs the statements in one round trip. Their text and arguments go
// along for drivers that log them.
func send(ctx context.Context, drv dialect.Driver, b *sql.Batch) error {
	var texts []string
	var args []any
	for i := range b.Statements {
		texts = append(texts, b.Statements[i].Query)
		args = append(args, b.Statements[i].Args...)
	}
	err := drv.Query(ctx, strings.Join(texts, "; "), args, b)
	if err != nil && !b.Taken {
		return errRefused
	}
	return err
}

// cause splits the error of a batch into the statement and its own error. The
// index is -1 when no single statement failed.
func cause(err error) (int, error) {
	var failed *sql.BatchError
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
