package sqlgraph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/schema/field"

	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// CopySpec describes the table that rows are copied to.
type CopySpec struct {
	Schema, Table string
	// Types are the Postgres types of the table's columns.
	Types map[string]string
	// Nulls are the columns that are null where nothing sets them.
	Nulls []string
}

// CanCopy reports whether CopyFrom works with the driver.
func CanCopy(drv dialect.Driver) bool { return native(drv) }

// CopyFrom stores the rows that produce adds by one COPY in the text format,
// which the server reads by the columns' own types, and returns their number.
// Memory stays bounded: a row is on its way soon after it was added. When
// produce fails nothing is stored.
func CopyFrom(ctx context.Context, drv dialect.Driver, spec CopySpec, produce func(*CopyRow) error) (int, error) {
	c := &CopyRow{ctx: ctx, drv: drv, spec: spec}
	finished := false
	defer func() {
		if !finished { // A panic of produce.
			c.abort(errors.New("neon: panic"))
		}
	}()
	err := produce(c)
	finished = true
	if err != nil {
		c.abort(err)
		return 0, err
	}
	return c.finish()
}

// CopyRow takes one row after the other.
type CopyRow struct {
	ctx  context.Context
	drv  dialect.Driver
	spec CopySpec

	// row are the values of the current row, in any order.
	row     []copyValue
	columns []string
	slots   map[string]int
	null    []bool
	values  []*copyValue
	rows    int
	buf     []byte

	copy neon.Copy
	pipe *io.PipeWriter
	done chan error
}

type copyValue struct {
	column string
	value  any
	json   bool
}

// Set sets a column of the current row.
func (c *CopyRow) Set(column string, value any) {
	c.row = append(c.row, copyValue{column: column, value: value})
}

// SetJSON sets a column of JSON.
func (c *CopyRow) SetJSON(column string, value any) {
	c.row = append(c.row, copyValue{column: column, value: value, json: true})
}

// Add adds a row of its own.
func (c *CopyRow) Add(spec *CreateSpec) error {
	for _, f := range spec.values() {
		c.row = append(c.row, copyValue{f.Column, f.Value, f.Type == field.TypeJSON})
	}
	return c.End(anyExternal(spec.Edges) || len(spec.OnConflict) > 0)
}

// copyChunk is how much is handed over at once: what pgconn reads at once.
const copyChunk = 64<<10 - 5

// begin takes the columns from the first row: those it sets, and those that are
// null otherwise.
func (c *CopyRow) begin() {
	c.slots = make(map[string]int)
	put := func(column string, null bool) {
		i, ok := c.slots[column]
		if !ok {
			i = len(c.columns)
			c.slots[column] = i
			c.columns = append(c.columns, column)
			c.null = append(c.null, null)
		}
		c.null[i] = c.null[i] || null
	}
	for _, v := range c.row {
		put(v.column, false)
	}
	for _, column := range c.spec.Nulls {
		put(column, true)
	}
	c.values = make([]*copyValue, len(c.columns))
	quoted := make([]string, len(c.columns))
	for i, column := range c.columns {
		quoted[i] = quote(column)
	}
	text := "COPY " + table(&EdgeSpec{Schema: c.spec.Schema, Table: c.spec.Table}) + " (" + strings.Join(quoted, ", ") + ") FROM STDIN"
	reader, writer := io.Pipe()
	c.pipe, c.done, c.copy.From = writer, make(chan error, 1), reader
	go func() {
		err := c.drv.Query(c.ctx, text, []any{}, &c.copy)
		_ = reader.CloseWithError(errCopyEnded)
		c.done <- err
	}()
}

var errCopyEnded = errors.New("neon: the copy has ended")

// End writes the row. One with more than columns is refused.
func (c *CopyRow) End(more bool) error {
	if c.rows++; more {
		return fmt.Errorf("neon: copy row %d: a COPY takes no edges of other tables, and no OnConflict", c.rows)
	}
	if c.slots == nil {
		c.begin()
	}
	clear(c.values)
	for i := range c.row {
		v := &c.row[i]
		slot := i
		if i >= len(c.columns) || c.columns[i] != v.column {
			var ok bool
			if slot, ok = c.slots[v.column]; !ok {
				return fmt.Errorf("neon: copy row %d: it sets the column %q, which the first row leaves to the database", c.rows, v.column)
			}
		}
		c.values[slot] = v
	}
	for i, v := range c.values {
		if i > 0 {
			c.buf = append(c.buf, '\t')
		}
		if v == nil {
			if !c.null[i] {
				return fmt.Errorf("neon: copy row %d: it leaves the column %q to the database, which the first row sets", c.rows, c.columns[i])
			}
			c.buf = append(c.buf, `\N`...)
			continue
		}
		if err := c.write(v); err != nil {
			return fmt.Errorf("neon: copy row %d: column %q: %w", c.rows, v.column, err)
		}
	}
	c.row = c.row[:0]
	if c.buf = append(c.buf, '\n'); len(c.buf) >= copyChunk {
		return c.flush()
	}
	return nil
}

func (c *CopyRow) write(v *copyValue) error {
	value := v.value
	if v.json {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		value = string(text)
	} else if b, isBytes := value.([]byte); isBytes && c.spec.Types[v.column] != "bytea" {
		value = string(b)
	}
	var ok bool
	if c.buf, ok = sql.AppendCopyValue(c.buf, value); !ok {
		return fmt.Errorf("no text for a value of %T", v.value)
	}
	return nil
}

// flush hands the rows over. It fails with the error of the COPY when that has
// ended.
func (c *CopyRow) flush() error {
	_, err := c.pipe.Write(c.buf)
	c.buf = c.buf[:0]
	if err == nil {
		return nil
	}
	return c.wait(err)
}

// wait waits for the end of the COPY.
func (c *CopyRow) wait(otherwise error) error {
	err, ok := <-c.done
	if ok {
		close(c.done)
	}
	if err != nil {
		return err
	}
	return otherwise
}

// abort ends the COPY without storing anything.
func (c *CopyRow) abort(err error) {
	if c.pipe != nil {
		_ = c.pipe.CloseWithError(err)
		_ = c.wait(nil)
	}
}

func (c *CopyRow) finish() (int, error) {
	if c.pipe == nil {
		return 0, nil
	}
	if len(c.buf) > 0 {
		if err := c.flush(); err != nil {
			return 0, err
		}
	}
	_ = c.pipe.Close()
	if err := c.wait(nil); err != nil {
		return 0, err
	}
	return int(c.copy.Rows), nil
}
