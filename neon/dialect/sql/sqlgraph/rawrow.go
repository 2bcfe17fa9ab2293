package sqlgraph

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// rawRows is what the rows of neon's driver can do besides.
type rawRows interface {
	Raw(column int) (value []byte, binary bool)
}

// graphReader reads the rows of a graph: the number of the query, the place in
// its result, and the record. It keeps the records in few large pieces.
type graphReader struct {
	rows  *sql.Rows
	arena []byte
}

// Pieces grow from the first size to the second.
const (
	firstArena = 2 << 10
	arenaSize  = 64 << 10
)

func (g *graphReader) read() (index int, r rowRecord, err error) {
	raw, ok := g.rows.ColumnScanner.(rawRows)
	if !ok {
		err = g.rows.Scan(&index, &r.ordinal, &r.data)
		return index, r, err
	}
	n, err := rawInt(raw.Raw(0))
	if err != nil {
		return 0, r, err
	}
	if r.ordinal, err = rawInt(raw.Raw(1)); err != nil {
		return 0, r, err
	}
	r.data, err = g.record(raw.Raw(2))
	return int(n), r, err
}

// record copies a bytea.
func (g *graphReader) record(value []byte, isBinary bool) ([]byte, error) {
	size := len(value)
	if !isBinary {
		if size < 2 || value[0] != '\\' || value[1] != 'x' {
			return nil, errRecord
		}
		value = value[2:]
		size = hex.DecodedLen(len(value))
	}
	if cap(g.arena)-len(g.arena) < size {
		g.arena = make([]byte, 0, max(firstArena, size, min(2*cap(g.arena), arenaSize)))
	}
	start := len(g.arena)
	g.arena = g.arena[:start+size]
	out := g.arena[start : start+size : start+size]
	if isBinary {
		copy(out, value)
		return out, nil
	}
	_, err := hex.Decode(out, value)
	return out, err
}

func rawInt(value []byte, isBinary bool) (int64, error) {
	switch {
	case !isBinary:
		return strconv.ParseInt(string(value), 10, 64)
	case len(value) == 4:
		return int64(int32(binary.BigEndian.Uint32(value))), nil
	case len(value) == 8:
		return int64(binary.BigEndian.Uint64(value)), nil
	}
	return 0, errRecord
}
