package sqlgraph

import (
	"cmp"
	stdsql "database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// rowRecord is a row in the binary form of a composite value: the number of
// fields, and of each the type, the length and the bytes.
type rowRecord struct {
	ordinal int64
	data    []byte
}

func (r rowRecord) compare(other rowRecord) int { return cmp.Compare(r.ordinal, other.ordinal) }

var errRecord = errors.New("neon: malformed record")

// decodeRecord scans the fields into what ent's generated code scans columns
// into.
func decodeRecord(data []byte, dest []any) error {
	if len(data) < 4 || int(binary.BigEndian.Uint32(data)) != len(dest) {
		return errRecord
	}
	data = data[4:]
	for i := range dest {
		if len(data) < 8 {
			return errRecord
		}
		oid, size := binary.BigEndian.Uint32(data), int32(binary.BigEndian.Uint32(data[4:]))
		data = data[8:]
		if size < 0 {
			if err := scanNull(dest[i]); err != nil {
				return err
			}
			continue
		}
		if int(size) > len(data) {
			return errRecord
		}
		if err := scanField(oid, data[:size], dest[i]); err != nil {
			return fmt.Errorf("sql: Scan error on column index %d: %w", i, err)
		}
		data = data[size:]
	}
	return nil
}

// scannable reports whether decodeRecord knows how to scan into the value.
func scannable(dest any) bool {
	switch dest.(type) {
	case *[]byte, stdsql.Scanner:
		return true
	}
	return false
}

func scanNull(dest any) error {
	switch d := dest.(type) {
	case *stdsql.NullInt64:
		*d = stdsql.NullInt64{}
	case *stdsql.NullString:
		*d = stdsql.NullString{}
	case *stdsql.NullTime:
		*d = stdsql.NullTime{}
	case *[]byte:
		*d = nil
	case stdsql.Scanner:
		return d.Scan(nil)
	}
	return nil
}

// scanField stores one field. The short ways give what Scan gives, without its
// allocations.
func scanField(oid uint32, raw []byte, dest any) error {
	switch d := dest.(type) {
	case *stdsql.NullInt64:
		if n, ok := decodeInt(oid, raw); ok {
			d.Int64, d.Valid = n, true
			return nil
		}
	case *stdsql.NullString:
		if oid == oidText || oid == oidVarchar {
			d.String, d.Valid = string(raw), true
			return nil
		}
	case *stdsql.NullTime:
		if t, ok := decodeTime(oid, raw); ok {
			d.Time, d.Valid = t, true
			return nil
		}
	case *[]byte:
		if oid == oidJSONB && len(raw) > 0 {
			raw = raw[1:]
		}
		*d = append([]byte{}, raw...)
		return nil
	}
	value, err := decodeField(oid, raw)
	if err != nil {
		return err
	}
	scanner, ok := dest.(stdsql.Scanner)
	if !ok {
		return fmt.Errorf("unsupported destination %T", dest)
	}
	return scanner.Scan(value)
}

// The types that travel as they are; the plan casts all others to text.
const (
	oidBool        = 16
	oidBytea       = 17
	oidInt8        = 20
	oidInt2        = 21
	oidInt4        = 23
	oidText        = 25
	oidJSON        = 114
	oidFloat4      = 700
	oidFloat8      = 701
	oidVarchar     = 1043
	oidTimestamp   = 1114
	oidTimestamptz = 1184
	oidUUID        = 2950
	oidJSONB       = 3802
)

// travels reports whether a column of the Postgres type goes without a cast.
func travels(typ string) bool {
	switch typ {
	case "boolean", "bool", "bytea", "bigint", "int8", "smallint", "int2", "integer", "int", "int4", "text", "json",
		"jsonb", "real", "float4", "double precision", "float8", "character varying", "varchar", "timestamp",
		"timestamp without time zone", "timestamptz", "timestamp with time zone", "uuid":
		return true
	}
	return false
}

// decodeField makes the value that neon's driver and pgx/v5/stdlib make of a
// column.
func decodeField(oid uint32, raw []byte) (any, error) {
	switch oid {
	case oidBool:
		if len(raw) == 1 {
			return raw[0] != 0, nil
		}
	case oidBytea, oidJSON:
		return append([]byte{}, raw...), nil
	case oidJSONB:
		if len(raw) > 0 {
			return append([]byte{}, raw[1:]...), nil
		}
	case oidText, oidVarchar:
		return string(raw), nil
	case oidFloat4:
		if len(raw) == 4 {
			return float64(math.Float32frombits(binary.BigEndian.Uint32(raw))), nil
		}
	case oidFloat8:
		if len(raw) == 8 {
			return math.Float64frombits(binary.BigEndian.Uint64(raw)), nil
		}
	case oidUUID:
		if len(raw) == 16 {
			return fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:]), nil
		}
	case oidTimestamp, oidTimestamptz:
		if t, ok := decodeTime(oid, raw); ok {
			return t, nil
		}
		if len(raw) == 8 && raw[0] == 0x7f {
			return "infinity", nil
		}
		return "-infinity", nil
	}
	if n, ok := decodeInt(oid, raw); ok {
		return n, nil
	}
	return nil, fmt.Errorf("neon: type %d with %d bytes in a record", oid, len(raw))
}

func decodeInt(oid uint32, raw []byte) (int64, bool) {
	switch {
	case oid == oidInt8 && len(raw) == 8:
		return int64(binary.BigEndian.Uint64(raw)), true
	case oid == oidInt4 && len(raw) == 4:
		return int64(int32(binary.BigEndian.Uint32(raw))), true
	case oid == oidInt2 && len(raw) == 2:
		return int64(int16(binary.BigEndian.Uint16(raw))), true
	}
	return 0, false
}

// postgresEpoch is where binary timestamps begin, in seconds since 1970.
const postgresEpoch = 946684800

func decodeTime(oid uint32, raw []byte) (time.Time, bool) {
	if len(raw) != 8 {
		return time.Time{}, false
	}
	us := int64(binary.BigEndian.Uint64(raw))
	if us == math.MaxInt64 || us == math.MinInt64 {
		return time.Time{}, false
	}
	t := time.Unix(postgresEpoch+us/1e6, us%1e6*1000)
	switch oid {
	case oidTimestamptz:
		return t, true
	case oidTimestamp:
		return t.UTC(), true
	}
	return time.Time{}, false
}
