package neon

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

var errNilPtr = errors.New("destination pointer is nil")

// assign stores a driver.Value as database/sql does, with the same errors; that
// package doesn't export its own. src is a value of decodeValue or nil, and
// nobody else holds its bytes.
func assign(dest any, src driver.Value) error {
	switch d := dest.(type) {
	case sql.Scanner:
		return d.Scan(src)
	case *any:
		if d == nil {
			return errNilPtr
		}
		*d = src
		return nil
	case *bool:
		v, err := driver.Bool.ConvertValue(src)
		if err == nil {
			*d = v.(bool)
		}
		return err
	case *string:
		if d == nil {
			return errNilPtr
		}
		if t, ok := src.(time.Time); ok {
			*d = t.Format(time.RFC3339Nano)
			return nil
		}
		if src != nil {
			*d = asString(src)
			return nil
		}
	case *[]byte:
		if d == nil {
			return errNilPtr
		}
		*d = asBytes(src)
		return nil
	case *sql.RawBytes:
		if d == nil {
			return errNilPtr
		}
		*d = asBytes(src)
		return nil
	}
	ptr := reflect.ValueOf(dest)
	if ptr.Kind() != reflect.Pointer {
		return errors.New("destination not a pointer")
	}
	if ptr.IsNil() {
		return errNilPtr
	}
	dv := ptr.Elem()
	if src == nil {
		return assignNull(dest, dv)
	}
	sv := reflect.ValueOf(src)
	if sv.Type().AssignableTo(dv.Type()) {
		dv.Set(sv)
		return nil
	}
	if dv.Kind() == sv.Kind() && sv.Type().ConvertibleTo(dv.Type()) {
		dv.Set(sv.Convert(dv.Type()))
		return nil
	}
	return assignText(dest, dv, src)
}

func assignNull(dest any, dv reflect.Value) error {
	switch kind := dv.Kind(); kind {
	case reflect.Pointer:
		dv.SetZero()
		return nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64, reflect.String:
		return fmt.Errorf("converting NULL to %s is unsupported", kind)
	}
	return fmt.Errorf("unsupported Scan, storing driver.Value type %T into type %T", nil, dest)
}

// assignText converts between kinds by way of the value's text.
func assignText(dest any, dv reflect.Value, src driver.Value) error {
	failed := func(s string, err error) error {
		var num *strconv.NumError
		if errors.As(err, &num) {
			err = num.Err
		}
		return fmt.Errorf("converting driver.Value type %T (%q) to a %s: %v", src, s, dv.Kind(), err)
	}
	switch dv.Kind() {
	case reflect.Pointer:
		dv.Set(reflect.New(dv.Type().Elem()))
		return assign(dv.Interface(), src)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		s := asString(src)
		n, err := strconv.ParseInt(s, 10, dv.Type().Bits())
		if err != nil {
			return failed(s, err)
		}
		dv.SetInt(n)
		return nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		s := asString(src)
		n, err := strconv.ParseUint(s, 10, dv.Type().Bits())
		if err != nil {
			return failed(s, err)
		}
		dv.SetUint(n)
		return nil
	case reflect.Float32, reflect.Float64:
		s := asString(src)
		f, err := strconv.ParseFloat(s, dv.Type().Bits())
		if err != nil {
			return failed(s, err)
		}
		dv.SetFloat(f)
		return nil
	case reflect.String:
		if b, ok := src.([]byte); ok {
			dv.SetString(string(b))
			return nil
		}
	}
	return fmt.Errorf("unsupported Scan, storing driver.Value type %T into type %T", src, dest)
}

func asString(src driver.Value) string {
	switch v := src.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return fmt.Sprintf("%v", src)
}

func asBytes(src driver.Value) []byte {
	switch v := src.(type) {
	case nil:
		return nil
	case []byte:
		return v
	case string:
		return []byte(v)
	case time.Time:
		return v.AppendFormat(nil, time.RFC3339Nano)
	}
	return []byte(asString(src))
}
