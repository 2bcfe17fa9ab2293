package lint

import (
	"slices"

	"github.com/jackc/pgx/v5"
)

// Catalog is the part of a database's catalog that the rules look at. Objects
// keep their OID through a rename, so that one is seen as such.
type Catalog struct {
	Schemas     map[uint32]string
	Relations   map[uint32]*Relation
	Constraints map[uint32]*Constraint
	Indexes     map[uint32]*Index
}

// Relation is a table, a partitioned or foreign one, or a (materialized) view.
type Relation struct {
	OID          uint32
	Schema, Name string
	// Kind is pg_class.relkind.
	Kind string
	// Filenode changes when the table is rewritten; a statement never gives it
	// an older one.
	Filenode uint32
	// Partition tells that it hangs on a partitioned table.
	Partition bool
	// Columns are by number, which a rename keeps.
	Columns map[int16]*Column
}

// String is the name with its schema.
func (r *Relation) String() string { return r.Schema + "." + r.Name }

// Quoted is the name as SQL, without the schema public.
func (r *Relation) Quoted() string {
	if r.Schema == "public" {
		return quote(r.Name)
	}
	return pgx.Identifier{r.Schema, r.Name}.Sanitize()
}

// Column of a Relation.
type Column struct {
	Num     int16
	Name    string
	Type    string // as format_type prints it
	TypeOID uint32
	// Mod is the type's modifier, such as the length of a varchar; -1 for none.
	Mod     int32
	NotNull bool
	// Default is the expression, also of a generated column, or empty.
	Default string
	// Identity and Generated are as in pg_attribute.
	Identity, Generated string
}

// Index of a table. Keys has 0 for an expression.
type Index struct {
	OID, Table             uint32
	Name                   string
	Unique, Primary, Valid bool
	Partial                bool
	Keys                   []int16
	Def                    string
}

// Constraint of a table.
type Constraint struct {
	OID, Table uint32
	Name       string
	// Type is pg_constraint.contype: c, f, p, u, x.
	Type      string
	Validated bool
	Keys      []int16
	// RefTable is what a foreign key points at, Index the index that is behind
	// a key or exclusion constraint.
	RefTable, Index uint32
	Def             string
	// Child tells that it follows from one of a partitioned table.
	Child bool
}

// sorted returns the values of m by OID, so that reports have one order.
func sorted[T any](m map[uint32]T) []T {
	keys := make([]uint32, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	out := make([]T, len(keys))
	for i, k := range keys {
		out[i] = m[k]
	}
	return out
}

// columns returns the columns by number.
func (r *Relation) columns() []*Column {
	keys := make([]int16, 0, len(r.Columns))
	for k := range r.Columns {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	out := make([]*Column, len(keys))
	for i, k := range keys {
		out[i] = r.Columns[k]
	}
	return out
}

// names are the quoted names of columns.
func (r *Relation) names(keys []int16) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = "…"
		if c := r.Columns[k]; c != nil {
			out[i] = quote(c.Name)
		}
	}
	return out
}

// quote writes a name as SQL.
func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
