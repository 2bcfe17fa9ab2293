package neon

import "fmt"

// Raw is a column of the current row as the server sent it, nil for NULL, until
// the next call of Next. The generated client keeps the rows of graphs so.
func (r *rows) Raw(column int) []byte {
	if column < 0 || column >= len(r.values) {
		return nil
	}
	return r.values[column]
}

// ScanRaw stores what Raw gave for a column as Scan does, after Close as well.
func (r *rows) ScanRaw(column int, raw []byte, dest any) error {
	if column < 0 || column >= len(r.cols) {
		return fmt.Errorf("neon: no column %d", column)
	}
	return r.scan(column, raw, dest)
}
