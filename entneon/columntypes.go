package entneon

import (
	"regexp"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/entc/gen"
	"entgo.io/ent/schema/field"
)

// columnTypes returns the Postgres type of each column of a node, those of its
// foreign keys included. A column whose type only the schema's author knows is
// left out.
func columnTypes(n *gen.Type) map[string]string {
	out := make(map[string]string)
	add := func(f *gen.Field) {
		if t := columnType(f); t != "" {
			out[f.StorageKey()] = t
		}
	}
	if n.ID != nil {
		add(n.ID)
	}
	for _, f := range n.Fields {
		add(f)
	}
	for _, fk := range n.UnexportedForeignKeys() {
		if fk.Edge != nil && fk.Edge.Type.ID != nil {
			if t := columnType(fk.Edge.Type.ID); t != "" {
				out[fk.Field.StorageKey()] = t
			}
		}
	}
	return out
}

// modifier is the length or precision of a type. A cast with one would cut
// values where storing them fails, or rounds.
var modifier = regexp.MustCompile(`\s*\([^)]*\)`)

// serials are not types but ways to write a column.
var serials = map[string]string{"serial": "integer", "bigserial": "bigint", "smallserial": "smallint"}

func columnType(f *gen.Field) string {
	if st := f.Column().SchemaType[dialect.Postgres]; st != "" {
		t := strings.ToLower(modifier.ReplaceAllString(st, ""))
		if integer, ok := serials[t]; ok {
			return integer
		}
		return t
	}
	return fieldTypes[f.Type.Type]
}

// fieldTypes are the types ent gives to columns on Postgres.
var fieldTypes = map[field.Type]string{
	field.TypeBool:    "boolean",
	field.TypeInt8:    "smallint",
	field.TypeInt16:   "smallint",
	field.TypeUint8:   "smallint",
	field.TypeInt32:   "integer",
	field.TypeUint16:  "integer",
	field.TypeInt:     "bigint",
	field.TypeInt64:   "bigint",
	field.TypeUint:    "bigint",
	field.TypeUint32:  "bigint",
	field.TypeUint64:  "bigint",
	field.TypeFloat32: "real",
	field.TypeFloat64: "double precision",
	field.TypeBytes:   "bytea",
	field.TypeUUID:    "uuid",
	field.TypeJSON:    "jsonb",
	field.TypeString:  "character varying",
	field.TypeTime:    "timestamp with time zone",
	field.TypeEnum:    "character varying",
}
