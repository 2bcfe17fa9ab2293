package neon

import (
	"database/sql"
	"errors"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// rows gives out the answer to a query: what lookAhead holds, then the rest as it
// comes. The connection goes back as soon as the end has been read, on an error,
// or on Close.
type rows struct {
	flight
	driver *Driver
	types  *pgtype.Map
	names  []string
	cols   []pgconn.FieldDescription
	values [][]byte
	// ahead holds the rows that have been read already.
	ahead  *ahead
	arena  arena
	slow   *pgtype.Map
	err    error
	text   string
	closed bool
	// colTypes is kept because ent asks for each column of each row.
	colTypes []*sql.ColumnType
	// outer is set when database/sql guards these rows: only it closes them.
	outer *sql.Rows
	// One of them gets the connection back.
	conn *pgxpool.Conn
	tx   *Tx
	// inBatch tells that the batch has it, and its errors.
	inBatch bool
}

var _ entsql.ColumnScanner = (*rows)(nil)

func newRows(d *Driver, s *session, f flight, text string) *rows {
	r := &rows{flight: f, driver: d, types: s.conn.TypeMap(), text: text}
	r.cols = r.columns()
	return r
}

// Next implements sql.ColumnScanner.
func (r *rows) Next() bool {
	switch {
	case r.closed:
		return false
	case r.ahead != nil && r.ahead.rows > 0:
		r.values = r.ahead.row(len(r.cols))
		return true
	case r.landed:
		r.end()
		return false
	case r.row:
		r.row = false
		r.values = r.rr.Values()
		return true
	case r.rr.NextRow():
		r.values = r.rr.Values()
		return true
	}
	r.end()
	return false
}

// end finishes the answer and gives the connection back.
func (r *rows) end() {
	if r.closed {
		return
	}
	r.closed = true
	r.values = nil
	if r.ahead != nil {
		r.ahead.free()
		r.ahead = nil
	}
	if !r.landed {
		r.tag, r.err = r.finish()
		if r.err != nil && !r.inBatch {
			r.err = lostWrite(r.err, &statement{text: r.text, inTx: r.tx != nil})
		}
		r.giveBack()
	}
	// The reader belongs to the connection and serves others now.
	r.rr, r.pipe = nil, nil
}

func (r *rows) giveBack() {
	if r.tx != nil {
		r.tx.rowsDone(r)
	} else if r.conn != nil {
		if r.err != nil {
			insist(r.conn.Conn().PgConn(), r.err)
		}
		r.conn.Release()
		r.conn = nil
	}
}

// Close implements sql.ColumnScanner. It is needed when not all rows are read.
func (r *rows) Close() error {
	r.end()
	return r.err
}

// Err implements sql.ColumnScanner.
func (r *rows) Err() error { return r.err }

// NextResultSet implements sql.ColumnScanner: there is only one.
func (r *rows) NextResultSet() bool {
	r.end()
	return false
}

var errRowsClosed = errors.New("sql: Rows are closed")

// Columns implements sql.ColumnScanner.
func (r *rows) Columns() ([]string, error) {
	if r.closed {
		return nil, errRowsClosed
	}
	if r.names == nil {
		if r.named != nil {
			r.names = r.named.columns
		} else {
			r.names = columnNames(r.cols)
		}
	}
	return r.names, nil
}

// ColumnTypes implements sql.ColumnScanner.
func (r *rows) ColumnTypes() ([]*sql.ColumnType, error) {
	if r.closed {
		return nil, errRowsClosed
	}
	if r.colTypes == nil {
		var err error
		if r.colTypes, err = r.driver.bridge.columnTypes(r); err != nil {
			return nil, err
		}
	}
	return r.colTypes, nil
}

// Scan implements sql.ColumnScanner, as *sql.Rows does.
func (r *rows) Scan(dest ...any) error {
	if r.closed {
		return errRowsClosed
	}
	if r.values == nil {
		return errors.New("sql: Scan called without calling Next")
	}
	if len(dest) != len(r.values) {
		return fmt.Errorf("sql: expected %d destination arguments in Scan, not %d", len(r.values), len(dest))
	}
	if r.arena.size == 0 {
		r.arena.begin(r.values)
	}
	for i, raw := range r.values {
		if err := r.scan(i, raw, dest[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *rows) scan(i int, raw []byte, dest any) error {
	col := &r.cols[i]
	if raw == nil {
		if err := scanNull(dest); err != nil {
			return scanError(i, col.Name, err)
		}
		return nil
	}
	done, err := scanFast(col.DataTypeOID, col.Format, raw, dest, &r.arena)
	if !done {
		if r.slow == nil {
			// That of the connection may serve others by now.
			r.slow = pgtype.NewMap()
		}
		err = scanSlow(r.slow, col.DataTypeOID, col.Format, raw, dest)
	}
	if err != nil {
		return scanError(i, col.Name, err)
	}
	return nil
}

func scanError(i int, name string, err error) error {
	return fmt.Errorf("sql: Scan error on column index %d, name %q: %w", i, name, err)
}

// result is a sql.Result.
type result struct{ tag pgconn.CommandTag }

// LastInsertId implements sql.Result: Postgres has none, use RETURNING.
func (result) LastInsertId() (int64, error) {
	return 0, errors.New("LastInsertId is not supported by this driver")
}

// RowsAffected implements sql.Result.
func (r result) RowsAffected() (int64, error) { return r.tag.RowsAffected(), nil }
