package sqlgraph

import (
	"database/sql/driver"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"time"
)

// Cursor is a place in an ordered result: the values that a row has for the
// terms of the order, and which order that is. The zero Cursor is no place:
// After it begins with the first row, Before it ends with the last.
//
// Its text, for links and APIs, is safe in URLs. It isn't encrypted: who has it
// can read the values, and change them. They travel as parameters of the
// statement, and choose rows only among those of the query's own conditions.
type Cursor struct {
	order  [8]byte
	values []any
}

// CursorError tells that a cursor can't be used.
type CursorError struct {
	// Reason says why.
	Reason string
}

func (e *CursorError) Error() string { return "neon: cursor: " + e.Reason }

// IsZero reports whether the cursor is no place.
func (c Cursor) IsZero() bool { return len(c.values) == 0 }

// Values are those of the order's terms, the id last: each nil, bool, int64,
// float64, string, []byte or time.Time.
func (c Cursor) Values() []any { return append([]any(nil), c.values...) }

// cursorVersion begins the text of a cursor.
const cursorVersion = 1

// The kinds of values in the text of a cursor.
const (
	kindNull = iota
	kindFalse
	kindTrue
	kindInt
	kindFloat
	kindString
	kindBytes
	kindTime
)

// String is the text of the cursor, "" of the zero Cursor.
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	buf := append([]byte{cursorVersion, 0, 0, 0, 0}, c.order[:]...)
	for _, v := range c.values {
		buf = appendValue(buf, v)
	}
	binary.BigEndian.PutUint32(buf[1:], crc32.ChecksumIEEE(buf[5:]))
	return base64.RawURLEncoding.EncodeToString(buf)
}

func appendValue(buf []byte, v any) []byte {
	block := func(kind byte, b []byte) []byte {
		return append(binary.AppendUvarint(append(buf, kind), uint64(len(b))), b...)
	}
	switch v := v.(type) {
	case bool:
		if v {
			return append(buf, kindTrue)
		}
		return append(buf, kindFalse)
	case int64:
		return binary.AppendVarint(append(buf, kindInt), v)
	case float64:
		return binary.BigEndian.AppendUint64(append(buf, kindFloat), math.Float64bits(v))
	case string:
		return block(kindString, []byte(v))
	case []byte:
		return block(kindBytes, v)
	case time.Time:
		buf = binary.AppendVarint(append(buf, kindTime), v.Unix())
		return binary.AppendUvarint(buf, uint64(v.Nanosecond()))
	}
	return append(buf, kindNull)
}

// ParseCursor reads the text of a cursor. "" is the zero Cursor. It fails with a
// [*CursorError].
func ParseCursor(text string) (Cursor, error) {
	if text == "" {
		return Cursor{}, nil
	}
	buf, err := base64.RawURLEncoding.Strict().DecodeString(text)
	switch {
	case err != nil || len(buf) == 0:
		return Cursor{}, errMalformed
	case buf[0] != cursorVersion:
		return Cursor{}, &CursorError{fmt.Sprintf("version %d is not known", buf[0])}
	case len(buf) < 14 || crc32.ChecksumIEEE(buf[5:]) != binary.BigEndian.Uint32(buf[1:]):
		return Cursor{}, errMalformed
	}
	c := Cursor{order: [8]byte(buf[5:13])}
	for rest := buf[13:]; len(rest) > 0; {
		v, n := readValue(rest)
		if n <= 0 {
			return Cursor{}, errMalformed
		}
		c.values, rest = append(c.values, v), rest[n:]
	}
	// There is one text for each place.
	if c.String() != text {
		return Cursor{}, errMalformed
	}
	return c, nil
}

var errMalformed = &CursorError{"malformed"}

// readValue returns a value and its length, 0 where there is none.
func readValue(buf []byte) (any, int) {
	kind, rest := buf[0], buf[1:]
	switch kind {
	case kindNull:
		return nil, 1
	case kindFalse, kindTrue:
		return kind == kindTrue, 1
	case kindInt:
		v, n := binary.Varint(rest)
		return v, whole(1, n)
	case kindFloat:
		if len(rest) < 8 {
			return nil, 0
		}
		return math.Float64frombits(binary.BigEndian.Uint64(rest)), 9
	case kindString, kindBytes:
		size, n := binary.Uvarint(rest)
		if n <= 0 || size > uint64(len(rest)-n) {
			return nil, 0
		}
		b := rest[n : n+int(size)]
		if kind == kindString {
			return string(b), 1 + n + len(b)
		}
		return append([]byte{}, b...), 1 + n + len(b)
	case kindTime:
		sec, n := binary.Varint(rest)
		if n <= 0 {
			return nil, 0
		}
		nsec, m := binary.Uvarint(rest[n:])
		if m <= 0 || nsec >= 1e9 {
			return nil, 0
		}
		return time.Unix(sec, int64(nsec)).UTC(), 1 + n + m
	}
	return nil, 0
}

func whole(head, n int) int {
	if n <= 0 {
		return 0
	}
	return head + n
}

// MarshalText gives String.
func (c Cursor) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what [ParseCursor] reads.
func (c *Cursor) UnmarshalText(text []byte) error {
	parsed, err := ParseCursor(string(text))
	if err == nil {
		*c = parsed
	}
	return err
}

// keyValue is a value of a cursor: it scans what drivers give.
type keyValue struct{ v any }

// Scan implements sql.Scanner.
func (k *keyValue) Scan(src any) error {
	switch v := src.(type) {
	case []byte:
		k.v = append([]byte{}, v...)
	case time.Time:
		k.v = v.UTC()
	default:
		value, err := driver.DefaultParameterConverter.ConvertValue(src)
		if err != nil {
			return fmt.Errorf("neon: a cursor can't hold %T", src)
		}
		k.v = value
	}
	return nil
}
