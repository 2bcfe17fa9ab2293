package sql

import (
	"database/sql/driver"
	"encoding/hex"
	"math"
	"reflect"
	"strconv"
	"time"
	"unsafe"
)

// ArrayLiteral is the text of a Postgres array of the values, for a parameter
// whose type the server infers. It is false when a value has no text that is
// certain to mean the same as a parameter of its own: use parameters then.
func ArrayLiteral[T any](vs []T) (string, bool) {
	buf := make([]byte, 0, 2+len(vs)*12)
	buf = append(buf, '{')
	ok := true
	switch typed := any(vs).(type) {
	case []int:
		for _, v := range typed {
			buf = append(strconv.AppendInt(buf, int64(v), 10), ',')
		}
	case []int64:
		for _, v := range typed {
			buf = append(strconv.AppendInt(buf, v, 10), ',')
		}
	case []string:
		for _, v := range typed {
			buf = append(appendQuoted(buf, v), ',')
		}
	default:
		buf, ok = appendElements(buf, vs)
	}
	if !ok {
		return "", false
	}
	if last := len(buf) - 1; buf[last] == ',' {
		buf = buf[:last]
	}
	buf = append(buf, '}')
	return unsafe.String(unsafe.SliceData(buf), len(buf)), true
}

func appendElements[T any](buf []byte, vs []T) ([]byte, bool) {
	ok := true
	for _, v := range vs {
		if buf, ok = AppendArrayElement(buf, v); !ok {
			return buf, false
		}
		buf = append(buf, ',')
	}
	return buf, true
}

// AppendArrayElement appends one element of an array's text. It is false when
// the value's type has no certain text.
func AppendArrayElement(buf []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return append(buf, "NULL"...), true
	case int:
		return strconv.AppendInt(buf, int64(v), 10), true
	case int64:
		return strconv.AppendInt(buf, v, 10), true
	case bool:
		return strconv.AppendBool(buf, v), true
	case float64:
		return appendFloat(buf, v), true
	case string:
		return appendQuoted(buf, v), true
	case []byte:
		if v == nil {
			return append(buf, "NULL"...), true
		}
		buf = append(buf, `"\\x`...)
		return append(hex.AppendEncode(buf, v), '"'), true
	case time.Time:
		return appendTime(buf, v)
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Pointer && rv.IsNil() {
		return append(buf, "NULL"...), true
	}
	if valuer, ok := v.(driver.Valuer); ok {
		got, err := valuer.Value()
		if err != nil {
			return buf, false
		}
		if _, again := got.(driver.Valuer); again {
			return buf, false
		}
		return AppendArrayElement(buf, got)
	}
	switch rv.Kind() {
	case reflect.Pointer:
		return AppendArrayElement(buf, rv.Elem().Interface())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(buf, rv.Int(), 10), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(buf, rv.Uint(), 10), true
	case reflect.String:
		return appendQuoted(buf, rv.String()), true
	case reflect.Bool:
		return strconv.AppendBool(buf, rv.Bool()), true
	case reflect.Float32, reflect.Float64:
		// A float32 counts as the float64 that it is, as one parameter does.
		return appendFloat(buf, rv.Float()), true
	}
	return buf, false
}

func appendFloat(buf []byte, v float64) []byte {
	switch {
	case math.IsInf(v, 1):
		return append(buf, "Infinity"...)
	case math.IsInf(v, -1):
		return append(buf, "-Infinity"...)
	}
	return strconv.AppendFloat(buf, v, 'g', -1, 64)
}

// appendTime keeps the wall clock and the offset: a column with a time zone
// takes the instant, one without ignores the offset, as the binary form does.
func appendTime(buf []byte, t time.Time) ([]byte, bool) {
	if !writable(t) {
		return buf, false
	}
	buf = append(buf, '"')
	buf = t.AppendFormat(buf, timeFormat)
	return append(buf, '"'), true
}

const timeFormat = "2006-01-02 15:04:05.999999Z07:00:00"

// writable reports whether Postgres reads the format's year.
func writable(t time.Time) bool {
	y := t.Year()
	return y >= 1 && y <= 9999
}

func appendQuoted(buf []byte, s string) []byte {
	buf = append(buf, '"')
	for i := range len(s) {
		if c := s[i]; c == '"' || c == '\\' {
			buf = append(buf, '\\')
		}
		buf = append(buf, s[i])
	}
	return append(buf, '"')
}
