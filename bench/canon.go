package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"time"

	"github.com/google/uuid"
)

// canon is what a result says, whoever gives it: fields by their names, those of
// ent's Edges among them, without what is empty; the rows of an edge in any
// order.
func canon(v any) (string, error) {
	b, err := json.Marshal(canonical(reflect.ValueOf(v), 0))
	return string(b), err
}

func canonical(v reflect.Value, depth int) any {
	if !v.IsValid() {
		return nil
	}
	switch x := v.Interface().(type) {
	case time.Time:
		return x.UTC().Format(time.RFC3339Nano)
	case uuid.UUID:
		return x.String()
	case json.Number:
		return x
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return canonical(v.Elem(), depth)
	case reflect.Slice:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = canonical(v.Index(i), depth+1)
		}
		if depth > 0 {
			sort.Slice(out, func(i, j int) bool { return fmt.Sprint(out[i]) < fmt.Sprint(out[j]) })
		}
		return out
	case reflect.Struct:
		out := map[string]any{}
		fields(v, depth, out)
		return out
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.String:
		return v.String()
	}
	return v.Interface()
}

func fields(v reflect.Value, depth int, out map[string]any) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch {
		case !f.IsExported() || f.Name == "BaseModel":
			continue
		case f.Name == "Edges":
			fields(v.Field(i), depth+1, out)
			continue
		}
		value := v.Field(i)
		if value.IsZero() || value.Kind() == reflect.Slice && value.Len() == 0 {
			continue
		}
		out[strings.ToLower(f.Name)] = canonical(value, depth+1)
	}
}
