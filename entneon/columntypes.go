package entneon

import (
	"regexp"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/entc/gen"
	"entgo.io/ent/schema/field"
)

// columnTypes returns the Postgres type of each column by table. A column whose
// type only the schema's author knows is left out.
func columnTypes(g *gen.Graph) (map[string]map[string]string, error) {
	tables, err := g.Tables()
	if err != nil {
		return nil, err
	}
	views, err := g.Views()
	if err != nil {
		return nil, err
	}
	out := make(map[string]map[string]string)
	for _, t := range append(tables, views...) {
		columns := make(map[string]string)
		for _, c := range t.Columns {
			if typ := columnType(c); typ != "" {
				columns[c.Name] = typ
			}
		}
		out[t.Name] = columns
	}
	return out, nil
}

// notNull returns the columns without nulls by table.
func notNull(g *gen.Graph) (map[string][]string, error) {
	tables, err := g.Tables()
	if err != nil {
		return nil, err
	}
	out := make(map[string][]string)
	for _, t := range tables {
		for _, c := range t.Columns {
			if !c.Nullable {
				out[t.Name] = append(out[t.Name], c.Name)
			}
		}
	}
	return out, nil
}

// columnNulls returns the columns of each table that are null where an INSERT
// doesn't name them.
func columnNulls(g *gen.Graph) (map[string][]string, error) {
	tables, err := g.Tables()
	if err != nil {
		return nil, err
	}
	out := make(map[string][]string)
	for _, t := range tables {
		for _, c := range t.Columns {
			if c.Nullable && c.Default == nil && !c.Increment {
				out[t.Name] = append(out[t.Name], c.Name)
			}
		}
	}
	return out, nil
}

// modifier is the length or precision of a type. A cast with one would cut
// values where storing them fails, or rounds.
var modifier = regexp.MustCompile(`\s*\([^)]*\)`)

// serials are not types but ways to write a column.
var serials = map[string]string{"serial": "integer", "bigserial": "bigint", "smallserial": "smallint"}

func columnType(c *schema.Column) string {
	if st := c.SchemaType[dialect.Postgres]; st != "" {
		t := strings.ToLower(modifier.ReplaceAllString(st, ""))
		if integer, ok := serials[t]; ok {
			return integer
		}
		return t
	}
	return fieldTypes[c.Type]
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
