package seed

import (
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// copyHeader begins the binary format of COPY: signature, flags, extension.
const copyHeader = "PGCOPY\n\377\r\n\000" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"

// encoder makes rows and puts them into the binary format. It does on each
// worker what pgx's CopyFrom does on the one goroutine that sends.
type encoder struct {
	types *pgtype.Map
	gen   *Gen
}

func newEncoder(plan []tablePlan, cfg Config) *encoder {
	e := &encoder{types: pgtype.NewMap(), gen: newGen(cfg.Seed, cfg.Scale)}
	for _, p := range plan {
		for _, t := range p.enums {
			e.types.RegisterType(t)
		}
	}
	return e
}

// encode fills the chunk's buffer. A panic in Table.Row is an error.
func (e *encoder) encode(c *chunk) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	buf := append(c.buf[:0], copyHeader...)
	row := make([]any, len(c.table.Columns))
	stream := NewStream(c.table.Name)
	for i := c.from; i < c.to; i++ {
		e.gen.row(c.table.Table, stream, i, row)
		buf = binary.BigEndian.AppendUint16(buf, uint16(len(row)))
		for k, v := range row {
			size := len(buf)
			buf = append(buf, 0xff, 0xff, 0xff, 0xff) // null, unless a value follows
			with, err := e.types.Encode(c.table.types[k], pgx.BinaryFormatCode, v, buf)
			if err != nil {
				return fmt.Errorf("row %d, column %s: %w", i, c.table.Columns[k], err)
			}
			if with != nil {
				buf = with
				binary.BigEndian.PutUint32(buf[size:], uint32(len(buf)-size-4))
			}
		}
	}
	c.buf = buf
	return nil
}
