package sqlgraph

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"entgo.io/ent/schema/field"

	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// updateArrays is one UPDATE of many nodes: an array for each column, and where
// not all nodes do the same to a column another that tells what each does.
type updateArrays struct {
	types   map[string]string
	specs   []*UpdateSpec
	keys    []*arrayColumn
	columns []*arrayColumn
	byName  map[string]*arrayColumn
	scratch []byte
	updated []bool
}

// What a node does to a column.
const (
	columnKept  = '0'
	columnSet   = '1'
	columnAdded = '2'
)

// arrayColumn is the array of a column, without its closing brace.
type arrayColumn struct {
	name, typ string
	values    []byte
	modes     []byte
	// from and to are the current node's value in the scratch.
	from, to int
	mode     byte
}

// newUpdateArrays is nil where the key has no array.
func newUpdateArrays(types map[string]string, spec *UpdateSpec) *updateArrays {
	a := &updateArrays{types: types, byName: make(map[string]*arrayColumn)}
	for _, f := range keyFields(spec) {
		if !arrayType(types[f.Column]) {
			return nil
		}
		a.keys = append(a.keys, &arrayColumn{name: f.Column, typ: types[f.Column]})
	}
	return a
}

func arrayType(typ string) bool { return typ != "" && !strings.HasSuffix(typ, "]") }

// add takes the node in. It is false for one that does more than to set columns,
// and for what has no array; nothing has changed then.
func (a *updateArrays) add(spec *UpdateSpec) bool {
	if spec.Predicate != nil || len(spec.Modifiers) > 0 || spec.ScanValues == nil || externalUpdate(spec) {
		return false
	}
	a.scratch = a.scratch[:0]
	for _, c := range a.columns {
		c.mode = columnKept
	}
	for i, f := range keyFields(spec) {
		if !a.write(a.keys[i], f, columnSet) {
			return false
		}
	}
	touched := 0
	put := func(f *FieldSpec, mode byte) bool {
		c := a.byName[f.Column]
		if c == nil {
			if !arrayType(a.types[f.Column]) {
				return false
			}
			c = &arrayColumn{name: f.Column, typ: a.types[f.Column], mode: columnKept}
			c.values = append(c.values, strings.Repeat(",NULL", len(a.specs))...)
			c.modes = append(c.modes, strings.Repeat(string(rune(columnKept)), len(a.specs))...)
			a.byName[f.Column] = c
			a.columns = append(a.columns, c)
		}
		touched++
		// Ent refuses, or lets the server refuse, two changes of one column.
		return c.mode == columnKept && a.write(c, f, mode)
	}
	for _, f := range spec.Fields.Clear {
		if !put(&FieldSpec{Column: f.Column}, columnSet) {
			return false
		}
	}
	added := make(map[string]bool)
	for _, e := range spec.Edges.Add {
		added[e.Columns[0]] = true
		if !put(&FieldSpec{Column: e.Columns[0], Value: e.Target.Nodes[0]}, columnSet) {
			return false
		}
	}
	for _, e := range spec.Edges.Clear {
		if !added[e.Columns[0]] && !put(&FieldSpec{Column: e.Columns[0]}, columnSet) {
			return false
		}
	}
	for _, f := range spec.Fields.Set {
		if !put(f, columnSet) {
			return false
		}
	}
	for _, f := range spec.Fields.Add {
		if !put(f, columnAdded) {
			return false
		}
	}
	if touched == 0 {
		return false
	}
	a.specs = append(a.specs, spec)
	for _, c := range a.keys {
		c.values = append(append(c.values, ','), a.scratch[c.from:c.to]...)
	}
	for _, c := range a.columns {
		c.modes = append(c.modes, c.mode)
		if c.values = append(c.values, ','); c.mode == columnKept {
			c.values = append(c.values, "NULL"...)
		} else {
			c.values = append(c.values, a.scratch[c.from:c.to]...)
		}
	}
	return true
}

// write writes the value to the scratch.
func (a *updateArrays) write(c *arrayColumn, f *FieldSpec, mode byte) bool {
	value := f.Value
	if f.Type == field.TypeJSON {
		text, err := json.Marshal(value)
		if err != nil {
			return false
		}
		value = string(text)
	} else if _, isBytes := value.([]byte); isBytes && c.typ != "bytea" {
		return false
	}
	var ok bool
	c.from, c.mode = len(a.scratch), mode
	a.scratch, ok = sql.AppendArrayElement(a.scratch, value)
	c.to = len(a.scratch)
	return ok
}

// uniform reports whether all nodes do the same to the column.
func (c *arrayColumn) uniform() bool {
	return strings.Count(string(c.modes), string(rune(c.modes[0]))) == len(c.modes)
}

func array(values []byte) string { return "{" + string(values[1:]) + "}" }

func (a *updateArrays) statements(guards bool) []statement {
	var (
		stmt           statement
		arrays, fields strings.Builder
		sets, keys     []string
	)
	arg := func(name, typ, text string) string {
		stmt.args = append(stmt.args, text)
		fmt.Fprintf(&arrays, "$%d::%s[], ", len(stmt.args), typ)
		fields.WriteString(name + ", ")
		return "input." + name
	}
	for i, c := range a.keys {
		keys = append(keys, "node."+quote(c.name)+" = "+arg(fmt.Sprint("k", i), c.typ, array(c.values)))
	}
	for i, c := range a.columns {
		if c.uniform() && c.modes[0] == columnKept {
			continue // Of nodes that were refused.
		}
		old, value := "node."+quote(c.name), arg(fmt.Sprint("v", i), c.typ, array(c.values))
		sum := "COALESCE(" + old + ", 0) + " + value
		switch uniform := c.uniform(); {
		case uniform && c.modes[0] == columnSet:
		case uniform:
			value = sum
		case strings.IndexByte(string(c.modes), columnAdded) < 0:
			value = "CASE WHEN " + arg(fmt.Sprint("m", i), "boolean", modes(c.modes)) + " THEN " + value + " ELSE " + old + " END"
		default:
			value = "CASE " + arg(fmt.Sprint("m", i), "smallint", modes(c.modes)) + " WHEN 1 THEN " + value + " WHEN 2 THEN " + sum + " ELSE " + old + " END"
		}
		sets = append(sets, quote(c.name)+" = "+value)
	}
	returned := []string{"input.neon_place"}
	for _, c := range a.specs[0].Node.Columns {
		returned = append(returned, "node."+quote(c))
	}
	node := a.specs[0].Node
	table := table(&EdgeSpec{Schema: node.Schema, Table: node.Table})
	stmt.query = "WITH input AS (SELECT * FROM unnest(" + strings.TrimSuffix(arrays.String(), ", ") + ") WITH ORDINALITY AS input (" +
		fields.String() + "neon_place)), updated AS (UPDATE " + table + " AS node SET " + strings.Join(sets, ", ") + " FROM input WHERE " +
		strings.Join(keys, " AND ") + " RETURNING " + strings.Join(returned, ", ") + ") SELECT "
	if guards {
		// There is a row in any case, so that the guard is looked at.
		stmt.query += "(SELECT CAST(CASE WHEN (SELECT count(*) FROM updated) < (SELECT count(*) FROM input) THEN CAST('" + guardText +
			"0: ' || (SELECT string_agg(CAST(neon_place AS text), ',') FROM (SELECT neon_place FROM input EXCEPT SELECT neon_place FROM updated" +
			" ORDER BY 1 LIMIT " + strconv.Itoa(maxMissing) + ") AS missing) AS date) END IS NULL AS integer)), updated.*" +
			" FROM (SELECT 1) AS one LEFT JOIN updated ON true"
	} else {
		stmt.query += "1, updated.* FROM updated"
	}
	a.updated = make([]bool, len(a.specs))
	stmt.read = a.read
	return []statement{stmt}
}

// modes is the array of the modes.
func modes(ms []byte) string {
	buf := make([]byte, 0, 2*len(ms)+1)
	for _, m := range ms {
		buf = append(buf, ',', m)
	}
	return array(buf)
}

// read assigns the rows, which come in any order.
func (a *updateArrays) read(rows *sql.Rows) error {
	var (
		columns = a.specs[0].Node.Columns
		guard   int64
		place   int64
		dest    []any
		values  []any
	)
	for rows.Next() {
		if values == nil || !copied(values) {
			var err error
			if values, err = a.specs[0].ScanValues(columns); err != nil {
				return err
			}
			for i, v := range values {
				if _, ok := v.(*sql.UnknownType); ok {
					values[i] = sql.ScanTypeOf(rows, i+2)
				}
			}
			dest = append([]any{&guard, &place}, values...)
		}
		if err := rows.Scan(dest...); err != nil {
			return fmt.Errorf("failed scanning rows: %w", err)
		}
		if err := a.specs[place-1].Assign(columns, values); err != nil {
			return err
		}
		a.updated[place-1] = true
	}
	return rows.Err()
}

func (a *updateArrays) settle(_ *neon.Batch, _ int, missing *MissingError) error {
	for i, spec := range a.specs {
		if !a.updated[i] {
			missing.add(spec)
		}
	}
	return nil
}

func (a *updateArrays) failure(_ int, inner error) error {
	_, detail, ok := guardDetail(inner)
	if !ok {
		return inner
	}
	missing := &MissingError{}
	for _, place := range strings.Split(detail, ",") {
		if n, err := strconv.Atoi(place); err == nil && n > 0 && n <= len(a.specs) {
			missing.add(a.specs[n-1])
		}
	}
	return missing
}
