package neon

import (
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgconn"
)

// flight is a statement whose flush has been sent.
type flight struct {
	rr *pgconn.ResultReader
	// pipe is set when more than the statement was sent.
	pipe *pgconn.Pipeline
	// named is set when the columns are known from the preparation.
	named *prepared
	// row tells that the first row has been read and waits.
	row bool
	// landed tells that the answer has been read to its end: there is no row.
	landed bool
	tag    pgconn.CommandTag
	fields []pgconn.FieldDescription
}

// land waits for the first row or the end of the answer: every error that comes
// before a row is an error of the call that runs the statement.
func (f *flight) land() error {
	if f.rr.NextRow() {
		f.row = true
		return nil
	}
	if f.named == nil {
		f.fields = append(f.fields, f.rr.FieldDescriptions()...)
	}
	var err error
	f.tag, err = f.finish()
	f.landed = true
	return err
}

// columns describes the columns, as long as the answer isn't finished or it had
// no row.
func (f *flight) columns() []pgconn.FieldDescription {
	switch {
	case f.named != nil:
		return f.named.Fields
	case f.landed:
		return f.fields
	}
	return f.rr.FieldDescriptions()
}

// finish reads the rest of the answer.
func (f *flight) finish() (pgconn.CommandTag, error) {
	tag, err := f.rr.Close()
	if f.pipe != nil {
		if pipeErr := f.pipe.Close(); err == nil {
			err = pipeErr
		}
	}
	return tag, err
}

var errLost = fmt.Errorf("the connection was lost: %w", io.ErrUnexpectedEOF)
