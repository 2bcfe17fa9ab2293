package neon

import (
	"database/sql"
	"strconv"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// scanSlow stores one column. The short ways below give what it gives, without
// its allocations, for what generated code scans.
func scanSlow(m *pgtype.Map, oid uint32, format int16, raw []byte, dest any) error {
	v, err := decodeValue(m, oid, format, raw)
	if err != nil {
		return err
	}
	return assign(dest, v)
}

func scanNull(dest any) error {
	switch d := dest.(type) {
	case *sql.NullString:
		*d = sql.NullString{}
	case *sql.NullInt64:
		*d = sql.NullInt64{}
	case *sql.NullTime:
		*d = sql.NullTime{}
	case *sql.NullBool:
		*d = sql.NullBool{}
	case *sql.NullFloat64:
		*d = sql.NullFloat64{}
	default:
		return assign(dest, nil)
	}
	return nil
}

func scanFast(oid uint32, format int16, raw []byte, dest any, a *arena) (done bool, err error) {
	switch d := dest.(type) {
	case *sql.NullString:
		if format == pgtype.TextFormatCode && plainText(oid) {
			d.String, d.Valid = a.text(raw), true
			return true, nil
		}
	case *string:
		if d != nil && format == pgtype.TextFormatCode && plainText(oid) {
			*d = a.text(raw)
			return true, nil
		}
	case *sql.NullInt64:
		if isInt(oid) {
			d.Int64, err = decodeInt(oid, format, raw)
			d.Valid = true
			return true, err
		}
	case *int:
		if d != nil && isInt(oid) && strconv.IntSize == 64 {
			n, err := decodeInt(oid, format, raw)
			*d = int(n)
			return true, err
		}
	case *int64:
		if d != nil && isInt(oid) {
			*d, err = decodeInt(oid, format, raw)
			return true, err
		}
	case *sql.NullTime:
		if t, ok := decodeTime(oid, format, raw); ok {
			d.Time, d.Valid = t, true
			return true, nil
		}
	case *time.Time:
		if t, ok := decodeTime(oid, format, raw); ok && d != nil {
			*d = t
			return true, nil
		}
	case *sql.NullBool:
		if oid == pgtype.BoolOID {
			d.Bool, err = decodeBool(format, raw)
			d.Valid = true
			return true, err
		}
	case *sql.NullFloat64:
		if oid == pgtype.Float8OID || oid == pgtype.Float4OID {
			d.Float64, err = decodeFloat(oid, format, raw)
			d.Valid = true
			return true, err
		}
	case *uuid.UUID:
		return scanUUID(oid, format, raw, d)
	case *entsql.NullScanner:
		// Optional ids.
		if id, ok := d.S.(*uuid.UUID); ok {
			if done, err = scanUUID(oid, format, raw, id); done {
				d.Valid = true
			}
			return done, err
		}
	case *[]byte:
		if d != nil && format == pgtype.TextFormatCode && oid != pgtype.ByteaOID && !isTime(oid) && !isInt(oid) &&
			oid != pgtype.BoolOID && oid != pgtype.Float4OID && oid != pgtype.Float8OID {
			*d = append([]byte{}, raw...)
			return true, nil
		}
	}
	return false, nil
}

func scanUUID(oid uint32, format int16, raw []byte, dest *uuid.UUID) (bool, error) {
	switch {
	case oid != pgtype.UUIDOID || dest == nil:
		return false, nil
	case format == pgtype.BinaryFormatCode && len(raw) == len(dest):
		copy(dest[:], raw)
		return true, nil
	case format == pgtype.BinaryFormatCode:
		return false, nil
	}
	id, err := uuid.ParseBytes(raw)
	if err == nil {
		*dest = id
	}
	return true, err
}

// plainText tells the types whose text is their value and their string.
func plainText(oid uint32) bool {
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID, pgtype.UUIDOID,
		pgtype.NumericOID, pgtype.JSONOID, pgtype.JSONBOID, pgtype.InetOID:
		return true
	}
	// Enums and other types of the user.
	return oid >= firstUserOID
}

const firstUserOID = 16384

func isInt(oid uint32) bool {
	switch oid {
	case pgtype.Int8OID, pgtype.Int4OID, pgtype.Int2OID, pgtype.OIDOID, pgtype.XIDOID, pgtype.CIDOID:
		return true
	}
	return false
}

func isTime(oid uint32) bool {
	return oid == pgtype.TimestamptzOID || oid == pgtype.TimestampOID || oid == pgtype.DateOID
}
