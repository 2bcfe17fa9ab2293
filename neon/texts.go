package neon

import (
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// maxCachedText bounds the memory that statements take which are generated
// anew each time, such as bulk inserts of many rows.
const maxCachedText = 64 << 10

// description is what the server said about a statement: the types of its
// parameters and columns. It never changes once made.
type description struct {
	params []uint32
	// fields have the formats to ask for.
	fields []pgconn.FieldDescription
	// formats are the result formats to ask for, one for each column.
	formats []int16
}

func newDescription(params []uint32, fields []pgconn.FieldDescription) *description {
	d := &description{params: params}
	if len(fields) > 0 {
		d.fields = append(d.fields, fields...)
		d.formats = make([]int16, len(fields))
		for i := range d.fields {
			d.formats[i] = resultFormat(fields[i].DataTypeOID)
			d.fields[i].Format = d.formats[i]
		}
	}
	return d
}

// sameColumns tells whether the columns are the ones that were described.
func (d *description) sameColumns(fields []pgconn.FieldDescription) bool {
	if len(fields) != len(d.fields) {
		return false
	}
	for i := range fields {
		if fields[i].DataTypeOID != d.fields[i].DataTypeOID || fields[i].Name != d.fields[i].Name {
			return false
		}
	}
	return true
}

// resultFormat is binary for the types that pgx/v5/stdlib reads in binary, and
// for ids: the text of all others is their value.
func resultFormat(oid uint32) int16 {
	switch oid {
	case pgtype.BoolOID, pgtype.ByteaOID, pgtype.CIDOID, pgtype.DateOID, pgtype.Float4OID,
		pgtype.Float8OID, pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.OIDOID,
		pgtype.TimestampOID, pgtype.TimestamptzOID, pgtype.UUIDOID, pgtype.XIDOID:
		return pgtype.BinaryFormatCode
	}
	return pgtype.TextFormatCode
}

// textCache remembers descriptions for all connections of a driver: what one
// has learned spares the others a round trip.
type textCache struct {
	mu    sync.Mutex
	items *lru[*description]
}

func newTextCache(limit int) *textCache {
	return &textCache{items: newLRU[*description](limit)}
}

func (c *textCache) get(text string) *description {
	if len(text) > maxCachedText {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	d, _ := c.items.get(text)
	return d
}

func (c *textCache) put(text string, d *description) {
	if len(text) > maxCachedText {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items.put(text, d)
}

func (c *textCache) forget(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items.remove(text)
}
