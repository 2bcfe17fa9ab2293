package sqlgraph

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	ent "entgo.io/ent/dialect/sql/sqlgraph"
	"entgo.io/ent/schema/field"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// BatchCreate is [ent.BatchCreate] with one array for each column in place of
// one parameter for each value: any number of rows, one text for all, and the
// columns that the client set no value for are read back.
//
// It is ent's function for drivers other than neon's, for edges in other tables
// whose ids the database makes, and for columns and values that have no array.
func BatchCreate(ctx context.Context, drv dialect.Driver, spec *BatchCreateSpec) error {
	if spec.Upserted != nil {
		return upsertBatch(ctx, drv, spec)
	}
	if !native(drv) || len(spec.Nodes) == 0 {
		return ent.BatchCreate(ctx, drv, spec.stock())
	}
	reason := reasonBulkEdges
	if !spec.external() {
		if b, ok := newBulk(ctx, drv, spec); ok {
			return b.run()
		}
		reason = reasonArrays
	}
	fellBack(ctx, drv, "bulk create in "+spec.Nodes[0].Table, reason)
	return ent.BatchCreate(ctx, drv, spec.stock())
}

func (s *BatchCreateSpec) external() bool {
	for _, n := range s.Nodes {
		if anyExternal(n.Edges) {
			return true
		}
	}
	return false
}

// bulk is one INSERT of arrays.
type bulk struct {
	ctx     context.Context
	drv     dialect.Driver
	spec    *BatchCreateSpec
	columns []string
	arrays  []string
	// absent are the columns that no row has a value for.
	absent []string
}

// newBulk collects the values by column. It is false where they have no arrays.
func newBulk(ctx context.Context, drv dialect.Driver, spec *BatchCreateSpec) (*bulk, bool) {
	b := &bulk{ctx: ctx, drv: drv, spec: spec}
	first := spec.Nodes[0]
	rows := make([][]*FieldSpec, len(spec.Nodes))
	types := map[string]field.Type{}
	for i, n := range spec.Nodes {
		// Ent refuses a mix of given and missing ids, with an error of its own.
		if n.Table != first.Table || n.Schema != first.Schema || (n.ID == nil) != (first.ID == nil) ||
			n.ID != nil && (n.ID.Value == nil) != (first.ID.Value == nil) {
			return nil, false
		}
		rows[i] = n.values()
		if i > 0 && slices.EqualFunc(rows[i], rows[i-1], sameColumn) {
			continue
		}
		for _, f := range rows[i] {
			types[f.Column] = f.Type
		}
	}
	b.columns = slices.Sorted(maps.Keys(types))
	for _, c := range b.columns {
		array, ok := columnArray(c, spec.Types[c], rows)
		if !ok {
			return nil, false
		}
		b.arrays = append(b.arrays, array)
	}
	if len(spec.OnConflict) == 0 {
		for _, c := range first.absent() {
			if _, set := types[c]; !set {
				b.absent = append(b.absent, c)
			}
		}
	}
	return b, len(b.columns) > 0
}

// values are the columns that the spec sets, with their types.
func (s *CreateSpec) values() []*FieldSpec {
	out := slices.Clip(s.Fields)
	if s.ID != nil && s.ID.Value != nil {
		out = append(out, s.ID)
	}
	for _, e := range s.Edges {
		if ownColumn(e) {
			out = append(out, &FieldSpec{Column: e.Columns[0], Type: e.Target.IDSpec.Type, Value: e.Target.Nodes[0]})
		}
	}
	return out
}

func sameColumn(a, b *FieldSpec) bool { return a.Column == b.Column && a.Type == b.Type }

// columnArray is the text of one column's array. A row without a value has NULL
// there, as in ent; of two values the later holds.
func columnArray(column, typ string, rows [][]*FieldSpec) (string, bool) {
	if typ == "" || strings.HasSuffix(typ, "]") {
		return "", false
	}
	buf := append(make([]byte, 0, 16*len(rows)), '{')
	for i, row := range rows {
		if i > 0 {
			buf = append(buf, ',')
		}
		var value any
		for _, f := range row {
			if f.Column != column {
				continue
			}
			value = f.Value
			if f.Type == field.TypeJSON {
				text, err := json.Marshal(f.Value)
				if err != nil {
					return "", false
				}
				value = string(text)
			} else if _, isBytes := value.([]byte); isBytes && typ != "bytea" {
				return "", false
			}
		}
		var ok bool
		if buf, ok = sql.AppendArrayElement(buf, value); !ok {
			return "", false
		}
	}
	return string(append(buf, '}')), true
}

// text renders the INSERT with ent, its row of parameters replaced by arrays:
// they have the same numbers.
func (b *bulk) text() (string, []any, error) {
	first := b.spec.Nodes[0]
	insert := sql.Dialect(b.drv.Dialect()).Insert(first.Table).Schema(first.Schema).Columns(b.columns...)
	row := make([]any, len(b.columns))
	var values, arrays strings.Builder
	for i, c := range b.columns {
		row[i] = i
		if i > 0 {
			values.WriteString(", ")
			arrays.WriteString(", ")
		}
		fmt.Fprintf(&values, "$%d", i+1)
		fmt.Fprintf(&arrays, "$%d::%s[]", i+1, b.spec.Types[c])
	}
	insert.Values(row...)
	if len(b.spec.OnConflict) > 0 {
		insert.OnConflict(b.spec.OnConflict...)
	}
	if returned := b.returned(); len(returned) > 0 {
		insert.Returning(returned...)
	}
	query, args, err := insert.QueryErr()
	if err != nil {
		return "", nil, err
	}
	for i, array := range b.arrays {
		args[i] = array
	}
	query = strings.Replace(query, " VALUES ("+values.String()+")", " SELECT * FROM unnest("+arrays.String()+")", 1)
	return query, args, nil
}

func (b *bulk) returned() []string {
	if id := b.spec.Nodes[0].ID; id != nil {
		return append([]string{id.Column}, b.absent...)
	}
	return b.absent
}

func (b *bulk) run() error {
	query, args, err := b.text()
	if err != nil {
		return err
	}
	if len(b.returned()) == 0 {
		return b.drv.Exec(b.ctx, query, args, nil)
	}
	if first := b.spec.Nodes[0]; first.ID != nil && first.ID.Value != nil && len(b.spec.OnConflict) == 0 && waits(b.ctx, b.drv, first) {
		return b.later(query, args)
	}
	if err := b.insert(query, args); err != nil && b.spec.Nodes[0].ID != nil {
		return fmt.Errorf("insert nodes to table %q: %w", b.spec.Nodes[0].Table, err)
	} else if err != nil {
		return err
	}
	return nil
}

func (b *bulk) insert(query string, args []any) error {
	rows := &sql.Rows{}
	if err := b.drv.Query(b.ctx, query, args, rows); err != nil {
		return err
	}
	defer rows.Close()
	return b.readAll(rows)
}

// later is insert for a transaction that runs it when it has to.
func (b *bulk) later(query string, args []any) error {
	first := b.spec.Nodes[0]
	return queue(b.ctx, b.drv, []statement{{query: query, args: args, read: b.readAll}}, func(err error) error {
		_, inner := cause(err)
		return first.Fail(fmt.Errorf("insert nodes to table %q: %w", first.Table, inner))
	})
}

func (b *bulk) readAll(rows *sql.Rows) error {
	r := &bulkReader{bulk: b}
	for i := 0; rows.Next(); i++ {
		if err := r.read(rows, b.spec.Nodes[i]); err != nil {
			return err
		}
	}
	return rows.Err()
}

// bulkReader reads the rows of a bulk, into the same places where nothing of a
// row can keep them.
type bulkReader struct {
	*bulk
	number int64
	dest   []any
	values []any
	shared bool
}

// read reads the id, as ent does, and the absent columns of one node.
func (b *bulkReader) read(rows *sql.Rows, n *CreateSpec) error {
	b.dest = b.dest[:0]
	numeric := false
	if id := n.ID; id != nil {
		_, scanner := id.Value.(field.ValueScanner)
		switch {
		case scanner:
			b.dest = append(b.dest, id.Value)
		case id.Type.Numeric():
			b.dest, numeric = append(b.dest, &b.number), true
		default:
			b.dest = append(b.dest, &id.Value)
		}
	}
	if len(b.absent) > 0 {
		if !b.shared {
			var err error
			if b.values, err = n.ScanValues(b.absent); err != nil {
				return err
			}
			b.shared = copied(b.values)
		}
		b.dest = append(b.dest, b.values...)
	}
	if err := rows.Scan(b.dest...); err != nil {
		return err
	}
	if numeric {
		n.ID.Value = b.number
	}
	if len(b.values) == 0 {
		return nil
	}
	return n.Assign(b.absent, b.values)
}
