package neon

import (
	"context"
	"errors"
	"reflect"

	entsql "entgo.io/ent/dialect/sql"
)

// setting is a session variable that holds for one statement, or for the rest
// of the transaction it is set in.
type setting struct{ name, value string }

// setSetting binds both, so that no value can end the statement, and ends with
// the transaction, so that no other user of a pooled session sees it.
const setSetting = "SELECT set_config($1, $2, true)"

// varsKey is the key under which sql.WithVar keeps its variables. ent has no
// way to list them, and leaving them out would defeat row level security.
type varsKey struct {
	context.Context
	key any
}

func (k *varsKey) Value(key any) any {
	k.key = key
	return nil
}

func findVarsKey() any {
	spy := &varsKey{Context: context.Background()}
	entsql.VarFromContext(spy, "")
	return spy.key
}

// settingsOf lists the variables of sql.WithVar, the last value of each name.
func settingsOf(ctx context.Context, key any) ([]setting, error) {
	v := ctx.Value(key)
	if v == nil {
		return nil, nil
	}
	vars := reflect.ValueOf(v)
	if vars.Kind() == reflect.Struct && vars.NumField() == 1 {
		vars = vars.Field(0)
	}
	if vars.Kind() != reflect.Slice {
		return nil, errVarShape
	}
	out := make([]setting, 0, vars.Len())
next:
	for i := range vars.Len() {
		kv := vars.Index(i)
		if kv.Kind() != reflect.Struct || kv.NumField() != 2 || kv.Field(0).Kind() != reflect.String || kv.Field(1).Kind() != reflect.String {
			return nil, errVarShape
		}
		s := setting{kv.Field(0).String(), kv.Field(1).String()}
		for j := range out {
			if out[j].name == s.name {
				out[j].value = s.value
				continue next
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// errVarShape refuses to run a statement without the variables it may rely on.
var errVarShape = errors.New("neon: sql.WithVar of this release of ent is not known")
