package sqlgraph

import (
	"context"
	stdsql "database/sql"

	"entgo.io/ent/dialect"
	"github.com/google/uuid"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// queryNodes is [ent.QueryNodes], which scans all rows into the same values
// where nothing of a row can keep them.
func queryNodes(ctx context.Context, drv dialect.Driver, spec *QuerySpec) error {
	selector, err := render(ctx, drv, spec)
	if err != nil {
		return err
	}
	query, args := selector.Query()
	rows := &sql.Rows{}
	if err := drv.Query(ctx, query, args, rows); err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	dest := destinations{spec: spec, columns: columns}
	for rows.Next() {
		values, err := dest.next()
		if err != nil {
			return err
		}
		for i, v := range values {
			if _, ok := v.(*sql.UnknownType); ok {
				values[i] = sql.ScanTypeOf(rows, i)
			}
		}
		if err := rows.Scan(values...); err != nil {
			return err
		}
		if err := spec.Assign(columns, values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// destinations gives the values to scan rows into.
type destinations struct {
	spec    *QuerySpec
	columns []string
	values  []any
	shared  bool
}

func (d *destinations) next() ([]any, error) {
	if d.shared {
		return d.values, nil
	}
	values, err := d.spec.ScanValues(d.columns)
	if err != nil {
		return nil, err
	}
	d.values, d.shared = values, copied(values)
	return values, nil
}

// copied reports whether generated code copies what it is handed, so that the
// next row may be scanned into the same place. It does for the types of
// database/sql and for ids, and every scan makes a new slice of bytes.
func copied(values []any) bool {
	for _, v := range values {
		switch v := v.(type) {
		case *stdsql.NullInt64, *stdsql.NullString, *stdsql.NullTime, *stdsql.NullBool, *stdsql.NullFloat64, *[]byte, *uuid.UUID:
		case *sql.NullScanner:
			if _, ok := v.S.(*uuid.UUID); !ok {
				return false
			}
		default:
			return false
		}
	}
	return true
}
