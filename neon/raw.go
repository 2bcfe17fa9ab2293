package neon

import "github.com/jackc/pgx/v5/pgtype"

// Raw is a column of the current row as the server sent it, until the next call
// of Next, and whether it is in the binary format. The generated client reads
// graphs by it.
func (r *rows) Raw(column int) (value []byte, binary bool) {
	if column < 0 || column >= len(r.values) {
		return nil, false
	}
	return r.values[column], r.cols[column].Format == pgtype.BinaryFormatCode
}
