package sqlgraph

import (
	ent "entgo.io/ent/dialect/sql/sqlgraph"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// CreateSpec is [ent.CreateSpec] with what it takes to read back the columns
// that the database fills in.
type CreateSpec struct {
	ent.CreateSpec

	// Columns are all columns of the node.
	Columns []string
	// ScanValues and Assign are those of the node. Nothing is read back where
	// they are nil.
	ScanValues func(columns []string) ([]any, error)
	Assign     func(columns []string, values []any) error
	// Fail makes the error of the generated package of one that comes later.
	Fail func(error) error
	// Upserted has an upsert read its row. Nil where nobody wants it.
	Upserted *Upserted
}

// NewCreateSpec is [ent.NewCreateSpec].
func NewCreateSpec(table string, id *FieldSpec) *CreateSpec {
	return &CreateSpec{CreateSpec: *ent.NewCreateSpec(table, id)}
}

// absent returns the columns that the client sets no value for. The id is not
// one of them.
func (s *CreateSpec) absent() []string {
	if s.ScanValues == nil || s.Assign == nil {
		return nil
	}
	var out []string
	for _, c := range s.Columns {
		if !s.sets(c) {
			out = append(out, c)
		}
	}
	return out
}

func (s *CreateSpec) sets(column string) bool {
	if s.ID != nil && s.ID.Column == column {
		return true
	}
	for _, f := range s.Fields {
		if f.Column == column {
			return true
		}
	}
	for _, e := range s.Edges {
		if ownColumn(e) && e.Columns[0] == column {
			return true
		}
	}
	return false
}

// ownColumn reports whether an edge is a column of the node's own table.
func ownColumn(e *EdgeSpec) bool {
	return e.Rel == ent.M2O || e.Rel == ent.O2O && (e.Inverse || e.Bidi)
}

// BatchCreateSpec is [ent.BatchCreateSpec] with the types of the columns.
type BatchCreateSpec struct {
	Nodes      []*CreateSpec
	OnConflict []sql.ConflictOption

	// Types are the Postgres types of the table's columns, without modifiers.
	// Rows go as values of their own where one is missing.
	Types map[string]string
	// Upserted has an upsert read its rows. Nil where nobody wants them.
	Upserted *Upserted
}

// stock is the spec for ent's own function. It shares the nodes' ids.
func (s *BatchCreateSpec) stock() *ent.BatchCreateSpec {
	out := &ent.BatchCreateSpec{Nodes: make([]*ent.CreateSpec, len(s.Nodes)), OnConflict: s.OnConflict}
	for i, n := range s.Nodes {
		out.Nodes[i] = &n.CreateSpec
	}
	return out
}

// QuerySpec is [ent.QuerySpec] with the edges to load along with the nodes.
type QuerySpec struct {
	ent.QuerySpec

	// Owner is the query builder: it tells the parts of a graph apart.
	Owner any
	// Types are the Postgres types of the table's columns.
	Types map[string]string
	// Qualified are the columns as [Qualified] gives them.
	Qualified []string
	// Edges plans the edges to load along. Nil where there are none.
	Edges func(*Plan)
	// keys adds the columns of a page's cursors.
	keys *seek
	// perParent is the most neighbors of one parent, 0 for all.
	perParent int
}

// NewQuerySpec is [ent.NewQuerySpec].
func NewQuerySpec(table string, columns []string, id *FieldSpec) *QuerySpec {
	s := &struct {
		QuerySpec
		node ent.NodeSpec
	}{node: ent.NodeSpec{ID: id, Table: table, Columns: columns}}
	s.Node = &s.node
	return &s.QuerySpec
}
