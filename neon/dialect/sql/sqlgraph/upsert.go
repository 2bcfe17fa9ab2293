package sqlgraph

import (
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// Upserted is what an upsert has done with each of its rows.
type Upserted struct{ Rows []UpsertedRow }

// UpsertedRow is what an upsert has done with one row: it has inserted it,
// updated another, or, when neither, left that alone.
type UpsertedRow struct{ Inserted, Updated bool }

// ErrUpserted tells that an upsert can't return its rows: the driver isn't
// neon's, or it has edges in other tables. Nothing was sent.
var ErrUpserted = errors.New("neon: the rows of an upsert need neon's driver, and no edges in other tables")

// inserted tells the rows that an INSERT … ON CONFLICT has inserted from those it
// has updated: only these were locked by a transaction before they were written,
// its own. It holds on every Postgres; RETURNING old needs 18, and MERGE, which
// names its action from 17 on, fails where two insert the same row at once.
const inserted = "(xmax = 0) AS neon_inserted"

// upsert runs the recorded INSERT, and reads the whole row.
func (c *create) upsert() error {
	stmt := c.rec.query
	if stmt == nil {
		stmt = &c.rec.execs[0]
	}
	query, columns := upsertText(c.drv, stmt.query, c.spec)
	rows := &sql.Rows{}
	if err := c.drv.Query(c.ctx, query, stmt.args, rows); err != nil {
		return err
	}
	defer rows.Close()
	c.spec.Upserted.Rows = make([]UpsertedRow, 1)
	r := upsertReader{spec: c.spec, columns: columns}
	if err := r.read(rows, &c.spec.Upserted.Rows[0]); err != nil {
		return err
	}
	for rows.Next() {
	}
	return rows.Err()
}

// upsertText lets the INSERT return all columns, and whether it has inserted the
// row.
func upsertText(drv dialect.Driver, query string, spec *CreateSpec) (string, []string) {
	var columns []string
	if spec.ID != nil {
		columns = append(columns, spec.ID.Column)
	}
	for _, c := range spec.Columns {
		if spec.ID == nil || c != spec.ID.Column {
			columns = append(columns, c)
		}
	}
	if i := strings.LastIndex(query, " RETURNING "); i >= 0 && spec.ID != nil {
		query = query[:i]
	}
	return query + returning(drv, columns) + ", " + inserted, columns
}

// upsertReader reads the rows that an upsert returns.
type upsertReader struct {
	spec    *CreateSpec
	columns []string
}

// read assigns the next row to the node; the error is [stdsql.ErrNoRows] where
// there is none.
func (r *upsertReader) read(rows *sql.Rows, to *UpsertedRow) error {
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return stdsql.ErrNoRows
	}
	values, err := r.spec.ScanValues(r.columns)
	if err != nil {
		return err
	}
	for i, v := range values {
		if _, ok := v.(*sql.UnknownType); ok {
			values[i] = sql.ScanTypeOf(rows, i)
		}
	}
	isNew := false
	if err := rows.Scan(append(slices.Clip(values), &isNew)...); err != nil {
		return err
	}
	to.Inserted, to.Updated = isNew, !isNew
	if id := r.spec.ID; id != nil {
		switch v := values[0].(type) {
		case *stdsql.NullInt64:
			id.Value = v.Int64
		case *stdsql.NullString:
			id.Value = v.String
		case *[]byte:
			id.Value = *v
		default:
			id.Value = v
		}
	}
	return r.spec.Assign(r.columns, values)
}

// upsertBatch is a bulk insert whose every row is read back.
func upsertBatch(ctx context.Context, drv dialect.Driver, spec *BatchCreateSpec) error {
	spec.Upserted.Rows = make([]UpsertedRow, len(spec.Nodes))
	if len(spec.Nodes) == 0 {
		return nil
	}
	if !native(drv) || spec.external() {
		return ErrUpserted
	}
	b, ok := newBulk(ctx, drv, spec)
	if !ok {
		return errArrays
	}
	query, args, err := b.text()
	if err != nil {
		return err
	}
	query, columns := upsertText(drv, query, spec.Nodes[0])
	if mayLeaveAlone(query) {
		err = b.upsertEach(query, args, columns)
	} else {
		err = b.upsertAll(query, args, columns)
	}
	if err != nil && spec.Nodes[0].ID != nil {
		return fmt.Errorf("insert nodes to table %q: %w", spec.Nodes[0].Table, err)
	}
	return err
}

// errArrays tells that there is no array for a column.
var errArrays = errors.New("neon: the rows of a bulk upsert need columns that are no arrays, and ids in all or none of them")

// mayLeaveAlone reports whether the upsert may return fewer rows than it gets:
// then nobody knows which.
func mayLeaveAlone(query string) bool {
	_, action, _ := strings.Cut(query, " ON CONFLICT ")
	_, update, ok := strings.Cut(action, " DO UPDATE SET ")
	return !ok || strings.Contains(update, " WHERE ")
}

// upsertAll runs one statement: it returns the rows in the order of the arrays.
func (b *bulk) upsertAll(query string, args []any, columns []string) error {
	rows := &sql.Rows{}
	if err := b.drv.Query(b.ctx, query, args, rows); err != nil {
		return err
	}
	defer rows.Close()
	for i, n := range b.spec.Nodes {
		r := upsertReader{spec: n, columns: columns}
		if err := r.read(rows, &b.spec.Upserted.Rows[i]); err != nil {
			return err
		}
	}
	for rows.Next() {
	}
	return rows.Err()
}

// upsertEach runs the same statement once for each row, all in one flush.
func (b *bulk) upsertEach(query string, args []any, columns []string) error {
	batch := make([]statement, len(b.spec.Nodes))
	for i, n := range b.spec.Nodes {
		values := [][]*FieldSpec{n.values()}
		own := slices.Clone(args)
		for j, c := range b.columns {
			text, ok := columnArray(c, b.spec.Types[c], values)
			if !ok {
				return errArrays
			}
			own[j] = text
		}
		r := upsertReader{spec: n, columns: columns}
		batch[i] = statement{query: query, args: own, read: func(rows *sql.Rows) error {
			if err := r.read(rows, &b.spec.Upserted.Rows[i]); err != nil && !errors.Is(err, stdsql.ErrNoRows) {
				return err
			}
			return nil
		}}
	}
	_, err := send(b.ctx, b.drv, batch)
	_, err = cause(err)
	return err
}
