package sql

import "fmt"

// Batch is several statements for one round trip: hand it as the last argument
// to Query of a driver or transaction whose dialect is native. Outside of a
// transaction the statements are one: an error leaves nothing behind.
//
// It passes through ent's debug driver and generated transactions, which don't
// look at that argument. A driver that doesn't know batches refuses it before
// anything is sent, and Taken stays false.
type Batch struct {
	Statements []Statement
	// Taken is set by the driver before anything is sent.
	Taken bool
}

// Statement is one statement of a batch.
type Statement struct {
	Query string
	Args  []any
	// Read consumes the rows, where there are any. Defaults to dropping them.
	Read func(ColumnScanner) error
	// RowsAffected is set by the driver.
	RowsAffected int64
}

// BatchError is the failure of one statement of a batch.
type BatchError struct {
	Index int // of the statement
	Err   error
}

func (e *BatchError) Error() string {
	return fmt.Sprintf("statement %d of the batch: %v", e.Index+1, e.Err)
}

// Unwrap returns the error of the statement.
func (e *BatchError) Unwrap() error { return e.Err }
