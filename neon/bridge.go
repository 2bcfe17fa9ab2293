package neon

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// bridge makes *sql.Rows of rows that are on their way already, because
// database/sql lets nobody else make them. Its connections do nothing.
type bridge struct {
	mu     sync.Mutex
	db     *sql.DB
	closed bool
}

type bridgeKey struct{}

func (b *bridge) open() (*sql.DB, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, errors.New("neon: the driver is closed")
	}
	if b.db == nil {
		b.db = sql.OpenDB(bridgeConnector{})
	}
	return b.db, nil
}

func (b *bridge) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if b.db == nil {
		return nil
	}
	return b.db.Close()
}

// rows hands r over: database/sql closes it with the context, as it does its own.
func (b *bridge) rows(ctx context.Context, r *rows) (*sql.Rows, error) {
	db, err := b.open()
	if err != nil {
		_ = r.Close()
		return nil, err
	}
	br := &bridgeRows{columnInfo{append([]pgconn.FieldDescription(nil), r.cols...), r.types}, r}
	out, err := db.QueryContext(context.WithValue(ctx, bridgeKey{}, br), "")
	if err != nil {
		_ = r.Close()
		return nil, err
	}
	r.outer = out
	return out, nil
}

// columnTypes asks database/sql about an empty result with the columns of r.
func (b *bridge) columnTypes(r *rows) ([]*sql.ColumnType, error) {
	db, err := b.open()
	if err != nil {
		return nil, err
	}
	br := &bridgeRows{columnInfo{append([]pgconn.FieldDescription(nil), r.cols...), r.types}, nil}
	out, err := db.QueryContext(context.WithValue(context.Background(), bridgeKey{}, br), "")
	if err != nil {
		return nil, err
	}
	defer out.Close()
	return out.ColumnTypes()
}

type bridgeConnector struct{}

func (bridgeConnector) Connect(context.Context) (driver.Conn, error) { return bridgeConn{}, nil }
func (bridgeConnector) Driver() driver.Driver                        { return bridgeDriver{} }

type bridgeDriver struct{}

func (bridgeDriver) Open(string) (driver.Conn, error) { return bridgeConn{}, nil }

type bridgeConn struct{}

var errBridge = errors.New("neon: not a connection")

func (bridgeConn) Prepare(string) (driver.Stmt, error) { return nil, errBridge }
func (bridgeConn) Begin() (driver.Tx, error)           { return nil, errBridge }
func (bridgeConn) Close() error                        { return nil }

func (bridgeConn) QueryContext(ctx context.Context, _ string, _ []driver.NamedValue) (driver.Rows, error) {
	br, ok := ctx.Value(bridgeKey{}).(*bridgeRows)
	if !ok {
		return nil, errBridge
	}
	return br, nil
}

// bridgeRows is a driver.Rows over rows, or over nothing.
type bridgeRows struct {
	columnInfo
	from *rows
}

var _ driver.Rows = (*bridgeRows)(nil)

// Columns implements driver.Rows.
func (b *bridgeRows) Columns() []string { return columnNames(b.fields) }

// Next implements driver.Rows.
func (b *bridgeRows) Next(dest []driver.Value) error {
	if b.from == nil {
		return io.EOF
	}
	if !b.from.Next() {
		if b.from.err != nil {
			return b.from.err
		}
		return io.EOF
	}
	for i, raw := range b.from.values {
		if raw == nil {
			dest[i] = nil
			continue
		}
		v, err := decodeValue(b.types, b.fields[i].DataTypeOID, b.fields[i].Format, raw)
		if err != nil {
			return err
		}
		dest[i] = v
	}
	return nil
}

// Close implements driver.Rows.
func (b *bridgeRows) Close() error {
	if b.from == nil {
		return nil
	}
	return b.from.Close()
}
