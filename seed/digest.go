package seed

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Digest returns a hash of all rows of the data set. A test that compares it
// with a known one shows that the rows are the same as ever; where they must
// change, raise Dataset.Version. Values may be nil, booleans, integers,
// strings, byte slices, [16]byte and times.
func Digest(ds *Dataset, seed, scale int64) (string, error) {
	if err := ds.check(); err != nil {
		return "", err
	}
	h := sha256.New()
	for i := range ds.Tables {
		t := &ds.Tables[i]
		fmt.Fprintf(h, "%q %q\n", t.Name, t.Columns)
		var bad error
		err := ds.Generate(t.Name, seed, scale, 0, t.Rows(scale), func(row []any) bool {
			for k, v := range row {
				switch v := v.(type) {
				case nil:
					fmt.Fprint(h, "null ")
				case bool, int, int16, int32, int64:
					fmt.Fprintf(h, "%v ", v)
				case string:
					fmt.Fprintf(h, "%q ", v)
				case []byte, [16]byte:
					fmt.Fprintf(h, "%x ", v)
				case time.Time:
					fmt.Fprintf(h, "@%d ", v.UnixMicro())
				default:
					bad = fmt.Errorf("table %s, column %s: no digest of a %T", t.Name, t.Columns[k], v)
					return false
				}
			}
			fmt.Fprintln(h)
			return true
		})
		if err == nil {
			err = bad
		}
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
