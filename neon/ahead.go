package neon

import (
	"encoding/binary"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// aheadSize is how much of an answer is read before its first row is given out:
// one that is no longer than this can still be tried again when it breaks off.
const aheadSize = 64 << 10

// maxPooled bounds what one wide row leaves behind in the pool of buffers.
const maxPooled = 4 * aheadSize

// ahead holds the first rows of an answer, each value behind its length.
type ahead struct {
	buf    []byte
	values [][]byte
	// rows is how many are left to give out, next where the first of them begins.
	rows, next int
}

var aheads = sync.Pool{New: func() any { return new(ahead) }}

func (a *ahead) add(values [][]byte) {
	for _, v := range values {
		// NULL has the length -1, as on the wire.
		size := uint32(len(v))
		if v == nil {
			size--
		}
		a.buf = binary.BigEndian.AppendUint32(a.buf, size)
		a.buf = append(a.buf, v...)
	}
	a.rows++
}

// row gives the next row, which holds until the call after.
func (a *ahead) row(columns int) [][]byte {
	a.rows--
	if cap(a.values) < columns {
		a.values = make([][]byte, columns)
	}
	a.values = a.values[:columns]
	for i := range a.values {
		size := int32(binary.BigEndian.Uint32(a.buf[a.next:]))
		a.next += 4
		if size < 0 {
			a.values[i] = nil
			continue
		}
		a.values[i] = a.buf[a.next : a.next+int(size) : a.next+int(size)]
		a.next += int(size)
	}
	return a.values
}

func (a *ahead) free() {
	if cap(a.buf) > maxPooled {
		return
	}
	clear(a.values)
	a.buf, a.rows, a.next = a.buf[:0], 0, 0
	aheads.Put(a)
}

// lookAhead reads the answer until it ends, or until aheadSize of it has come.
// Of an answer that has ended the connection is free at once, and what went
// wrong before its end, such as a deferred constraint or a session that was
// ended, is an error of the query, where a read can still be tried again. How
// the network cuts the answer up makes no difference.
func (r *rows) lookAhead() error {
	if !r.row {
		return nil
	}
	if r.named == nil {
		r.cols = append([]pgconn.FieldDescription(nil), r.cols...)
	}
	r.ahead = aheads.Get().(*ahead)
	for len(r.ahead.buf) < aheadSize {
		r.ahead.add(r.rr.Values())
		if r.rr.NextRow() {
			continue
		}
		r.row, r.landed = false, true
		var err error
		if r.tag, err = r.finish(); err != nil {
			r.ahead.free()
			r.ahead = nil
		}
		return err
	}
	return nil
}
