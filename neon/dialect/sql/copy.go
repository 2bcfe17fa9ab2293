package sql

import (
	"database/sql/driver"
	"encoding/hex"
	"reflect"
	"strconv"
	"time"
)

// AppendCopyValue appends a value in the text format of COPY. It is false when
// the value's type has no certain text.
func AppendCopyValue(buf []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return append(buf, `\N`...), true
	case int:
		return strconv.AppendInt(buf, int64(v), 10), true
	case int64:
		return strconv.AppendInt(buf, v, 10), true
	case bool:
		return strconv.AppendBool(buf, v), true
	case float64:
		return appendFloat(buf, v), true
	case string:
		return appendEscaped(buf, v), true
	case []byte:
		if v == nil {
			return append(buf, `\N`...), true
		}
		return hex.AppendEncode(append(buf, `\\x`...), v), true
	case *string:
		if v != nil {
			return appendEscaped(buf, *v), true
		}
		return append(buf, `\N`...), true
	case *int:
		if v != nil {
			return strconv.AppendInt(buf, int64(*v), 10), true
		}
		return append(buf, `\N`...), true
	case *time.Time:
		if v != nil {
			return appendCopyTime(buf, *v)
		}
		return append(buf, `\N`...), true
	case time.Time:
		return appendCopyTime(buf, v)
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Pointer && rv.IsNil() {
		return append(buf, `\N`...), true
	}
	if valuer, ok := v.(driver.Valuer); ok {
		got, err := valuer.Value()
		if err != nil {
			return buf, false
		}
		if _, again := got.(driver.Valuer); again {
			return buf, false
		}
		return AppendCopyValue(buf, got)
	}
	switch rv.Kind() {
	case reflect.Pointer:
		return AppendCopyValue(buf, rv.Elem().Interface())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(buf, rv.Int(), 10), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(buf, rv.Uint(), 10), true
	case reflect.String:
		return appendEscaped(buf, rv.String()), true
	case reflect.Bool:
		return strconv.AppendBool(buf, rv.Bool()), true
	case reflect.Float32, reflect.Float64:
		return appendFloat(buf, rv.Float()), true
	}
	return buf, false
}

func appendCopyTime(buf []byte, t time.Time) ([]byte, bool) {
	if !writable(t) {
		return buf, false
	}
	return t.AppendFormat(buf, timeFormat), true
}

// appendEscaped writes what ends a value or a row, or begins an escape, as one.
func appendEscaped(buf []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		var c byte
		switch s[i] {
		case '\\':
			c = '\\'
		case '\n':
			c = 'n'
		case '\r':
			c = 'r'
		case '\t':
			c = 't'
		default:
			continue
		}
		buf = append(append(buf, s[start:i]...), '\\', c)
		start = i + 1
	}
	return append(buf, s[start:]...)
}
