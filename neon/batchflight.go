package neon

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// batchFlight reads the answers to a batch.
type batchFlight struct {
	session  *session
	driver   *Driver
	pipe     *pgconn.Pipeline
	st       *statement
	launches []launch
	batch    *sql.Batch
	// done holds the columns of each statement.
	done [][]pgconn.FieldDescription
}

// read flushes and reads all answers. The error of a statement is a
// *sql.BatchError; one of what the caller reads doesn't keep the others from
// being read.
func (f *batchFlight) read(closed int) error {
	if err := f.pipe.Sync(); err != nil {
		return err
	}
	for range closed {
		if _, err := f.pipe.GetResults(); err != nil {
			return err
		}
	}
	if err := skipResults(f.pipe, len(f.st.before)); err != nil {
		return err
	}
	var readErr error
	for i := range f.launches {
		if err := f.one(i, &readErr); err != nil {
			var pgErr *pgconn.PgError
			if errors.As(err, &pgErr) {
				return &sql.BatchError{Index: i, Err: err}
			}
			return err
		}
	}
	return readErr
}

func (f *batchFlight) one(i int, readErr *error) error {
	l, stmt := &f.launches[i], &f.batch.Statements[i]
	if l.learn || l.parse && l.name != "" {
		sd, err := nextDescription(f.pipe)
		if err != nil {
			return err
		}
		if l.learn {
			f.driver.texts.put(l.text, newDescription(sd.ParamOIDs, sd.Fields))
		}
	}
	rr, err := nextResult(f.pipe)
	if err != nil {
		return err
	}
	r := &rows{flight: flight{rr: rr}, driver: f.driver, types: f.session.conn.TypeMap(), text: l.text}
	f.done = append(f.done, append([]pgconn.FieldDescription(nil), rr.FieldDescriptions()...))
	if stmt.Read != nil && *readErr == nil {
		*readErr = stmt.Read(r)
	}
	err = r.Close()
	stmt.RowsAffected = r.tag.RowsAffected()
	if r.err != nil {
		return r.err
	}
	return err
}
