package sqlgraph

import (
	"fmt"
	"slices"
	"strings"

	ent "entgo.io/ent/dialect/sql/sqlgraph"
	"entgo.io/ent/schema/field"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// cte runs an INSERT whose id the database makes and its edges as one
// statement: the INSERT is a common table expression that those of the edges
// read the id from.
func (c *create) cte() error {
	guards := !inTx(c.drv)
	links := linked(c.spec.Edges)
	if sharedTarget(links) {
		return stockCreate(c.ctx, c.drv, c.spec, reasonShared)
	}
	columns := append([]string{c.spec.ID.Column}, c.absent...)
	b := &cteBuilder{args: slices.Clone(c.rec.query.args), id: c.spec.ID.Column}
	b.text.WriteString("WITH node AS (" + c.rec.query.query)
	if len(c.absent) > 0 {
		b.text.WriteString(sql.Dialect(c.drv.Dialect()).String(func(sb *sql.Builder) { sb.Comma().IdentComma(c.absent...) }))
	}
	b.text.WriteByte(')')
	for _, e := range c.spec.Edges {
		if e.Rel == ent.M2M && !b.join(e) {
			return stockCreate(c.ctx, c.drv, c.spec, reasonCTE)
		}
	}
	for i, e := range links {
		if !b.link(i, e) {
			return stockCreate(c.ctx, c.drv, c.spec, reasonCTE)
		}
	}
	b.text.WriteString(" SELECT ")
	for i, col := range columns {
		if i > 0 {
			b.text.WriteString(", ")
		}
		b.text.WriteString("node." + quote(col))
	}
	counts := make([]int64, len(links))
	more := make([]any, len(links))
	for i, e := range links {
		more[i] = &counts[i]
		count := fmt.Sprintf("(SELECT count(*) FROM link%d)", i)
		if guards {
			count = guardExpr(i, count, len(e.Target.Nodes))
		}
		b.text.WriteString(", " + count)
	}
	b.text.WriteString(" FROM node")

	rows := &sql.Rows{}
	err := c.drv.Query(c.ctx, b.text.String(), b.args, rows)
	if err == nil {
		defer rows.Close()
		err = c.readID(rows, more...)
	}
	if err == nil {
		for rows.Next() {
		}
		err = rows.Err()
	}
	if err != nil {
		if guard, ok := failedGuard(err); ok && guard < len(links) {
			return connected(c.ctx, c.drv, links[guard])
		}
		return err
	}
	for i, e := range links {
		if !guards && int(counts[i]) < len(e.Target.Nodes) {
			return connected(c.ctx, c.drv, e)
		}
	}
	return nil
}

// sharedTarget reports whether two edges link the same row: one statement
// changes a row once.
func sharedTarget(links []*EdgeSpec) bool {
	type row struct {
		table string
		id    string
	}
	if len(links) < 2 {
		return false
	}
	seen := make(map[row]bool)
	for _, e := range links {
		for _, id := range e.Target.Nodes {
			r := row{table(e), fmt.Sprint(id)}
			if seen[r] {
				return true
			}
			seen[r] = true
		}
	}
	return false
}

// cteBuilder writes the statements of the edges.
type cteBuilder struct {
	text strings.Builder
	args []any
	id   string
	n    int
}

func (b *cteBuilder) arg(v any) string {
	b.args = append(b.args, v)
	return fmt.Sprintf("$%d", len(b.args))
}

// nodes is an array of the edge's targets. It is false for ids that have no
// type known here.
func (b *cteBuilder) nodes(e *EdgeSpec) (string, bool) {
	typ, ok := idTypes[e.Target.IDSpec.Type]
	if !ok {
		return "", false
	}
	array, ok := sql.ArrayLiteral(e.Target.Nodes)
	if !ok {
		return "", false
	}
	return b.arg(array) + "::" + typ + "[]", true
}

// join writes the rows of a many-to-many edge.
func (b *cteBuilder) join(e *EdgeSpec) bool {
	array, ok := b.nodes(e)
	if !ok {
		return false
	}
	from, to := e.Columns[0], e.Columns[1]
	if e.Inverse {
		from, to = to, from
	}
	b.insert(e, from, to, array)
	if e.Bidi {
		b.insert(e, to, from, array)
	}
	return true
}

func (b *cteBuilder) insert(e *EdgeSpec, from, to, array string) {
	columns := []string{quote(from), quote(to)}
	values := []string{"node." + quote(b.id), "target"}
	for _, f := range e.Target.Fields {
		columns = append(columns, quote(f.Column))
		values = append(values, b.arg(f.Value))
	}
	fmt.Fprintf(&b.text, ", join%d AS (INSERT INTO %s (%s) SELECT %s FROM node, unnest(%s) AS target", b.n,
		table(e), strings.Join(columns, ", "), strings.Join(values, ", "), array)
	// Rows with fields of their own are never the same.
	if len(e.Target.Fields) == 0 {
		b.text.WriteString(" ON CONFLICT DO NOTHING")
	}
	b.text.WriteByte(')')
	b.n++
}

// link writes the UPDATE that links the targets of an edge to the node.
func (b *cteBuilder) link(i int, e *EdgeSpec) bool {
	array, ok := b.nodes(e)
	if !ok {
		return false
	}
	fk, id := quote(e.Columns[0]), quote(e.Target.IDSpec.Column)
	fmt.Fprintf(&b.text, ", link%d AS (UPDATE %s AS target SET %s = node.%s FROM node WHERE target.%s = ANY(%s) AND target.%s IS NULL RETURNING 1)",
		i, table(e), fk, quote(b.id), id, array, fk)
	return true
}

func table(e *EdgeSpec) string {
	if e.Schema != "" {
		return quote(e.Schema) + "." + quote(e.Table)
	}
	return quote(e.Table)
}

// quote quotes an identifier.
func quote(ident string) string { return `"` + strings.ReplaceAll(ident, `"`, `""`) + `"` }

// idTypes are the types of ids that convert to the column's own type when they
// are stored or compared.
var idTypes = map[field.Type]string{
	field.TypeInt:    "bigint",
	field.TypeInt8:   "smallint",
	field.TypeInt16:  "smallint",
	field.TypeInt32:  "integer",
	field.TypeInt64:  "bigint",
	field.TypeUint8:  "smallint",
	field.TypeUint16: "integer",
	field.TypeUint32: "bigint",
	field.TypeUint:   "bigint",
	field.TypeUint64: "bigint",
	field.TypeUUID:   "uuid",
	field.TypeString: "text",
}
