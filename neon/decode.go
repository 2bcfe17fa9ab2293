package neon

import (
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// decodeValue makes the driver.Value that pgx/v5/stdlib makes of a column. raw
// is not nil and may be overwritten after the call.
func decodeValue(m *pgtype.Map, oid uint32, format int16, raw []byte) (driver.Value, error) {
	switch oid {
	case pgtype.BoolOID:
		return decodeBool(format, raw)
	case pgtype.ByteaOID:
		return decodeBytea(format, raw)
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.OIDOID, pgtype.XIDOID, pgtype.CIDOID:
		return decodeInt(oid, format, raw)
	case pgtype.Float4OID, pgtype.Float8OID:
		return decodeFloat(oid, format, raw)
	case pgtype.TimestamptzOID:
		var v pgtype.Timestamptz
		if err := m.Scan(oid, format, raw, &v); err != nil {
			return nil, err
		}
		v.Time = v.Time.Local()
		return v.Value()
	case pgtype.TimestampOID:
		var v pgtype.Timestamp
		if err := m.Scan(oid, format, raw, &v); err != nil {
			return nil, err
		}
		return v.Value()
	case pgtype.DateOID:
		var v pgtype.Date
		if err := m.Scan(oid, format, raw, &v); err != nil {
			return nil, err
		}
		return v.Value()
	case pgtype.UUIDOID:
		if format == pgtype.TextFormatCode {
			return string(raw), nil
		}
		id, err := uuid.FromBytes(raw)
		return id.String(), err
	case pgtype.JSONOID, pgtype.JSONBOID, pgtype.XMLOID:
		if format == pgtype.TextFormatCode {
			return append([]byte{}, raw...), nil
		}
		var v []byte
		err := m.Scan(oid, format, raw, &v)
		return v, err
	}
	if format == pgtype.TextFormatCode {
		return string(raw), nil
	}
	var v string
	err := m.Scan(oid, format, raw, &v)
	return v, err
}

func decodeBool(format int16, raw []byte) (bool, error) {
	if len(raw) != 1 {
		return false, fmt.Errorf("invalid length for bool: %d", len(raw))
	}
	if format == pgtype.BinaryFormatCode {
		return raw[0] == 1, nil
	}
	return raw[0] == 't', nil
}

func decodeInt(oid uint32, format int16, raw []byte) (int64, error) {
	if format == pgtype.TextFormatCode {
		return strconv.ParseInt(string(raw), 10, 64)
	}
	switch {
	case oid == pgtype.Int8OID && len(raw) == 8:
		return int64(binary.BigEndian.Uint64(raw)), nil
	case oid == pgtype.Int4OID && len(raw) == 4:
		return int64(int32(binary.BigEndian.Uint32(raw))), nil
	case oid == pgtype.Int2OID && len(raw) == 2:
		return int64(int16(binary.BigEndian.Uint16(raw))), nil
	case oid != pgtype.Int8OID && oid != pgtype.Int2OID && len(raw) == 4:
		return int64(binary.BigEndian.Uint32(raw)), nil
	}
	return 0, fmt.Errorf("invalid length for an integer: %d", len(raw))
}

func decodeFloat(oid uint32, format int16, raw []byte) (float64, error) {
	if format == pgtype.TextFormatCode {
		bits := 64
		if oid == pgtype.Float4OID {
			bits = 32
		}
		return strconv.ParseFloat(string(raw), bits)
	}
	switch {
	case oid == pgtype.Float8OID && len(raw) == 8:
		return math.Float64frombits(binary.BigEndian.Uint64(raw)), nil
	case oid == pgtype.Float4OID && len(raw) == 4:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(raw))), nil
	}
	return 0, fmt.Errorf("invalid length for a float: %d", len(raw))
}

func decodeBytea(format int16, raw []byte) ([]byte, error) {
	if format == pgtype.BinaryFormatCode {
		return append([]byte{}, raw...), nil
	}
	if len(raw) >= 2 && raw[0] == '\\' && raw[1] == 'x' {
		out := make([]byte, hex.DecodedLen(len(raw)-2))
		_, err := hex.Decode(out, raw[2:])
		return out, err
	}
	return unescapeBytea(raw)
}

// unescapeBytea reads what bytea_output=escape writes.
func unescapeBytea(raw []byte) ([]byte, error) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		switch {
		case raw[i] != '\\':
			out = append(out, raw[i])
		case i+1 < len(raw) && raw[i+1] == '\\':
			out = append(out, '\\')
			i++
		case i+3 < len(raw):
			n, err := strconv.ParseUint(string(raw[i+1:i+4]), 8, 8)
			if err != nil {
				return nil, errBytea
			}
			out = append(out, byte(n))
			i += 3
		default:
			return nil, errBytea
		}
	}
	return out, nil
}

var errBytea = errors.New("invalid escape in bytea")

// postgresEpoch is where binary timestamps begin, in seconds since 1970.
const postgresEpoch = 946684800

// decodeTime is the short way for the finite times of ent's columns.
func decodeTime(oid uint32, format int16, raw []byte) (time.Time, bool) {
	if format != pgtype.BinaryFormatCode || len(raw) != 8 {
		return time.Time{}, false
	}
	us := int64(binary.BigEndian.Uint64(raw))
	if us == math.MaxInt64 || us == math.MinInt64 {
		return time.Time{}, false
	}
	sec, rest := us/1e6, us%1e6
	t := time.Unix(postgresEpoch+sec, rest*1000)
	switch oid {
	case pgtype.TimestamptzOID:
		return t, true
	case pgtype.TimestampOID:
		return t.UTC(), true
	}
	return time.Time{}, false
}
