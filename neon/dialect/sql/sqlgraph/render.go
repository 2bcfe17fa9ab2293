package sqlgraph

import (
	"context"
	"math"

	"entgo.io/ent/dialect"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// Qualified returns the quoted names of a table's columns, as ent renders them
// for each query anew. Generated code keeps them.
func Qualified(table string, columns []string) []string {
	return sql.Dialect(dialect.Postgres).Select().From(sql.Table(table)).Columns(columns...)
}

// render is what [ent.QueryNodes] does before it sends a statement.
func render(ctx context.Context, drv dialect.Driver, spec *QuerySpec) (*sql.Selector, error) {
	builder := sql.Dialect(drv.Dialect())
	selector := spec.From
	if selector == nil {
		selector = builder.Select().From(builder.Table(spec.Node.Table).Schema(spec.Node.Schema)).WithContext(ctx)
	}
	selector.Select(spec.columns(selector)...)
	if spec.Order != nil {
		spec.Order(selector)
	}
	if spec.Predicate != nil {
		spec.Predicate(selector)
	}
	if spec.Offset != 0 {
		selector.Offset(spec.Offset).Limit(math.MaxInt32)
	}
	if spec.Limit != 0 {
		selector.Limit(spec.Limit)
	}
	if spec.Unique {
		selector.Distinct()
	}
	for _, m := range spec.Modifiers {
		m(selector)
	}
	return selector, selector.Err()
}

// columns are the qualified columns of the node.
func (s *QuerySpec) columns(selector *sql.Selector) []string {
	known := len(s.Qualified)
	if s.From != nil || s.Node.Schema != "" || known == 0 || known > len(s.Node.Columns) {
		return selector.Columns(s.Node.Columns...)
	}
	for i, name := range s.Qualified {
		column := s.Node.Columns[i]
		if at := len(name) - 1 - len(column); at < 1 || name[at:len(name)-1] != column || name[at-1] != '"' {
			return selector.Columns(s.Node.Columns...)
		}
	}
	if known == len(s.Node.Columns) {
		return s.Qualified
	}
	return append(s.Qualified[:known:known], selector.Columns(s.Node.Columns[known:]...)...)
}
