package neon

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// params are encoded parameters. A nil value is NULL.
type params struct {
	values  [][]byte
	formats []int16
	// guessed tells that another type of the parameter than the likely one
	// would want another encoding: the server then refuses the statement.
	guessed bool
}

// encodeUntyped encodes arguments for a statement whose parameter types only
// the server knows, so that it means the same to every type that the pgx
// encoding of the argument works for. It reports false where only the types can
// tell: then they have to be asked for first.
func encodeUntyped(args []any) (params, bool) {
	p := params{values: make([][]byte, len(args)), formats: make([]int16, len(args))}
	for i, arg := range args {
		if !p.encode(i, arg, 0) {
			return params{}, false
		}
	}
	return p, true
}

func (p *params) encode(i int, arg any, depth int) bool {
	if depth > 4 {
		return false
	}
	var buf []byte
	switch v := arg.(type) {
	case nil:
		return true
	case string:
		buf = append(make([]byte, 0, len(v)), v...)
	case int:
		buf = strconv.AppendInt(nil, int64(v), 10)
	case int64:
		buf = strconv.AppendInt(nil, v, 10)
	case bool:
		buf = strconv.AppendBool(nil, v)
	case float64:
		buf = appendFloat(nil, v)
	case time.Time:
		buf = appendTime(nil, v)
	case []byte:
		if v == nil {
			return true
		}
		return p.encodeBytes(i, v)
	case json.RawMessage:
		if v == nil {
			return true
		}
		return p.encodeBytes(i, v)
	case driver.Valuer:
		value, ok := valuerValue(v)
		return ok && p.encode(i, value, depth+1)
	default:
		return p.encodeKind(i, arg, depth)
	}
	if buf == nil {
		buf = []byte{}
	}
	p.values[i] = buf
	return true
}

// encodeBytes sends bytes in binary, which bytea, text and json read as they
// are, but jsonb refuses; JSON goes as text, which all of them read alike unless
// it has a backslash: that is an escape to bytea.
func (p *params) encodeBytes(i int, v []byte) bool {
	if json.Valid(v) {
		if bytes.IndexByte(v, '\\') >= 0 {
			return false
		}
		p.values[i] = v
		return true
	}
	p.values[i], p.formats[i] = v, pgtype.BinaryFormatCode
	return true
}

// encodeKind handles pointers and named types.
func (p *params) encodeKind(i int, arg any, depth int) bool {
	switch arg.(type) {
	case pgtype.TextValuer, json.Marshaler:
		return false
	}
	v := reflect.ValueOf(arg)
	switch kind := v.Kind(); kind {
	case reflect.Pointer:
		if v.IsNil() {
			return true
		}
		return p.encode(i, v.Elem().Interface(), depth+1)
	case reflect.String:
		// A named string goes as its text even when it has a String method.
		p.values[i] = append([]byte{}, v.String()...)
		return true
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return !v.IsNil() && p.encodeBytes(i, v.Bytes())
		}
		// {} would also be a JSON object.
		if v.Len() == 0 {
			return false
		}
		buf, ok := appendArray(nil, v)
		p.values[i] = buf
		p.guessed = true
		return ok
	}
	if _, ok := arg.(fmt.Stringer); ok {
		return false
	}
	buf, ok := appendNumber(nil, v)
	p.values[i] = buf
	return ok
}

// appendNumber appends numbers and booleans.
func appendNumber(buf []byte, v reflect.Value) ([]byte, bool) {
	switch v.Kind() {
	case reflect.Bool:
		return strconv.AppendBool(buf, v.Bool()), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(buf, v.Int(), 10), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(buf, v.Uint(), 10), true
	case reflect.Float32, reflect.Float64:
		// A float32 becomes the float64 that it is, as pgx has it.
		return appendFloat(buf, v.Float()), true
	}
	return nil, false
}

func appendFloat(buf []byte, f float64) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(buf, "Infinity"...)
	case math.IsInf(f, -1):
		return append(buf, "-Infinity"...)
	case f == math.Trunc(f) && math.Abs(f) < 1e15:
		// Integer types take no exponent.
		return strconv.AppendFloat(buf, f, 'f', -1, 64)
	}
	return strconv.AppendFloat(buf, f, 'g', -1, 64)
}

// appendTime writes the wall clock with its offset: a timestamptz reads the
// instant, a timestamp, date or time the wall clock, as pgx sends them.
func appendTime(buf []byte, t time.Time) []byte {
	t = t.Truncate(time.Microsecond)
	year := t.Year()
	if year > 0 {
		if year < 10000 {
			return t.AppendFormat(buf, "2006-01-02 15:04:05.999999Z07:00:00")
		}
		buf = strconv.AppendInt(buf, int64(year), 10)
		return t.AppendFormat(buf, "-01-02 15:04:05.999999Z07:00:00")
	}
	buf = fmt.Appendf(buf, "%04d", 1-year)
	return t.AppendFormat(buf, "-01-02 15:04:05.999999Z07:00:00 BC")
}

// appendArray writes the text of a one-dimensional array.
func appendArray(buf []byte, v reflect.Value) ([]byte, bool) {
	elem := v.Type().Elem()
	text := elem.Kind() == reflect.String
	if !text {
		switch elem.Kind() {
		case reflect.Int, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint16, reflect.Uint32,
			reflect.Uint64, reflect.Float32, reflect.Float64, reflect.Bool:
			if elem.Implements(stringerType) {
				return nil, false
			}
		case reflect.Array:
			// Ids such as uuid.UUID.
			text = elem.Implements(valuerType)
			if !text {
				return nil, false
			}
		default:
			return nil, false
		}
	}
	isValuer := elem.Implements(valuerType)
	buf = append(buf, '{')
	for i := range v.Len() {
		if i > 0 {
			buf = append(buf, ',')
		}
		item := v.Index(i)
		if isValuer {
			value, err := item.Interface().(driver.Valuer).Value()
			s, ok := value.(string)
			if err != nil || !ok {
				return nil, false
			}
			buf = appendQuoted(buf, s)
			continue
		}
		if text {
			buf = appendQuoted(buf, item.String())
			continue
		}
		var ok bool
		if buf, ok = appendNumber(buf, item); !ok {
			return nil, false
		}
	}
	return append(buf, '}'), true
}

func appendQuoted(buf []byte, s string) []byte {
	buf = append(buf, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			buf = append(buf, '\\')
		}
		buf = append(buf, s[i])
	}
	return append(buf, '"')
}

var (
	valuerType   = reflect.TypeFor[driver.Valuer]()
	stringerType = reflect.TypeFor[fmt.Stringer]()
)

// valuerValue calls Value, except on a nil pointer whose Value method belongs to
// the type it points to. It reports false where pgx may prefer another method
// of the type.
func valuerValue(v driver.Valuer) (driver.Value, bool) {
	switch v.(type) {
	case pgtype.TextValuer, json.Marshaler:
		return nil, false
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Pointer && rv.IsNil() && rv.Type().Elem().Implements(valuerType) {
		return nil, true
	}
	value, err := v.Value()
	if err != nil {
		return nil, false
	}
	return value, true
}

// plainArgs unwraps named arguments: Postgres knows positions only.
func plainArgs(args []any) []any {
	for i, arg := range args {
		if _, ok := arg.(sql.NamedArg); !ok {
			continue
		}
		out := append([]any(nil), args...)
		for j := i; j < len(out); j++ {
			if named, ok := out[j].(sql.NamedArg); ok {
				out[j] = named.Value
			}
		}
		return out
	}
	return args
}
