package sqlgraph

import (
	"cmp"
	stdsql "database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// rawRows is what the rows of neon's driver can do besides.
type rawRows interface {
	Raw(column int) []byte
	ScanRaw(column int, raw []byte, dest any) error
}

// graphRow is a row of one query of the graph.
type graphRow struct {
	ordinal int64
	// data are the columns as they were sent, each behind its length.
	data []byte
	// values are the columns where the rows aren't those of neon's driver.
	values []any
}

func (r graphRow) compare(other graphRow) int { return cmp.Compare(r.ordinal, other.ordinal) }

var errGraph = errors.New("neon: malformed row of a graph")

// graphReader sorts the rows of a graph by query, and keeps them in few large
// pieces until ent asks for them.
type graphReader struct {
	rows  *sql.Rows
	raw   rawRows
	parts []*part
	arena []byte
	// lead is how many columns go ahead of those of the queries.
	lead int
	// width is how many columns there are in all.
	width   int
	index   stdsql.NullInt64
	ordinal stdsql.NullInt64
}

// Pieces grow from the first size to the second.
const (
	firstArena = 2 << 10
	arenaSize  = 64 << 10
)

func newGraphReader(rows *sql.Rows, p *Plan) *graphReader {
	g := &graphReader{rows: rows, lead: 1}
	g.raw, _ = rows.ColumnScanner.(rawRows)
	if p.ordered() {
		g.lead++
	}
	for _, s := range p.steps {
		s.part.reader, s.part.places, s.part.ordered = g, s.places, s.ordered
		g.parts = append(g.parts, s.part)
		for _, at := range s.places {
			g.width = max(g.width, g.lead+at+1)
		}
	}
	return g
}

// read takes in the current row.
func (g *graphReader) read() error {
	var values []any
	if g.raw == nil {
		values = make([]any, g.width)
		dest := make([]any, g.width)
		for i := range dest {
			dest[i] = &values[i]
		}
		dest[0] = &g.index
		if g.lead > 1 {
			dest[1] = &g.ordinal
		}
		if err := g.rows.Scan(dest...); err != nil {
			return err
		}
	} else if err := g.readLead(); err != nil {
		return err
	}
	if g.index.Int64 < 0 || g.index.Int64 >= int64(len(g.parts)) {
		return errGraph
	}
	p := g.parts[g.index.Int64]
	r := graphRow{ordinal: g.ordinal.Int64}
	if g.raw == nil {
		r.values = values[g.lead:]
	} else {
		r.data = g.keep(p)
	}
	p.rows = append(p.rows, r)
	return nil
}

func (g *graphReader) readLead() error {
	if err := g.raw.ScanRaw(0, g.raw.Raw(0), &g.index); err != nil || g.lead == 1 {
		return err
	}
	return g.raw.ScanRaw(1, g.raw.Raw(1), &g.ordinal)
}

// keep copies the columns of a query.
func (g *graphReader) keep(p *part) []byte {
	size := 0
	for _, at := range p.places {
		size += 4 + len(g.raw.Raw(g.lead+at))
	}
	if cap(g.arena)-len(g.arena) < size {
		g.arena = make([]byte, 0, max(firstArena, size, min(2*cap(g.arena), arenaSize)))
	}
	start := len(g.arena)
	for _, at := range p.places {
		value := g.raw.Raw(g.lead + at)
		// NULL has the length -1, as on the wire.
		length := uint32(len(value))
		if value == nil {
			length--
		}
		g.arena = append(binary.BigEndian.AppendUint32(g.arena, length), value...)
	}
	return g.arena[start:len(g.arena):len(g.arena)]
}

// scan stores the columns of a row.
func (g *graphReader) scan(p *part, r graphRow, dest []any) error {
	if len(dest) != len(p.places) {
		return errGraph
	}
	if g.raw == nil {
		for i, at := range p.places {
			if err := store(dest[i], r.values[at]); err != nil {
				return fmt.Errorf("sql: Scan error on column index %d: %w", i, err)
			}
		}
		return nil
	}
	data := r.data
	for i, at := range p.places {
		length := int32(binary.BigEndian.Uint32(data))
		data = data[4:]
		var value []byte
		if length >= 0 {
			value, data = data[:length:length], data[length:]
		}
		if err := g.raw.ScanRaw(g.lead+at, value, dest[i]); err != nil {
			return err
		}
	}
	return nil
}

// store is for the values that scannable allows.
func store(dest, value any) error {
	switch d := dest.(type) {
	case stdsql.Scanner:
		return d.Scan(value)
	case *[]byte:
		switch v := value.(type) {
		case nil:
			*d = nil
			return nil
		case []byte:
			*d = v
			return nil
		case string:
			*d = []byte(v)
			return nil
		}
	}
	return fmt.Errorf("storing %T into %T", value, dest)
}
