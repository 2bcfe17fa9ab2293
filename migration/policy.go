package migration

import (
	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
)

// Policy names the kinds of change that Diff leaves out. It is the block
// diff { skip { … } } of atlas.hcl. Schemas are never dropped, whatever it says.
type Policy struct {
	AddSchema, DropSchema, ModifySchema             bool
	AddTable, DropTable, ModifyTable                bool
	AddColumn, DropColumn, ModifyColumn             bool
	AddIndex, DropIndex, ModifyIndex                bool
	AddForeignKey, DropForeignKey, ModifyForeignKey bool
}

// complete tells whether nothing but dropping schemas is left out.
func (p Policy) complete() bool { return p == Policy{DropSchema: p.DropSchema} }

// options are the policy in the Atlas library's terms.
func (p Policy) options() []schema.DiffOption {
	skip := schema.Changes{&schema.DropSchema{}}
	for change, on := range map[schema.Change]bool{
		&schema.AddSchema{}: p.AddSchema, &schema.ModifySchema{}: p.ModifySchema,
		&schema.AddTable{}: p.AddTable, &schema.DropTable{}: p.DropTable, &schema.ModifyTable{}: p.ModifyTable,
		&schema.AddColumn{}: p.AddColumn, &schema.DropColumn{}: p.DropColumn, &schema.ModifyColumn{}: p.ModifyColumn,
		&schema.AddIndex{}: p.AddIndex, &schema.DropIndex{}: p.DropIndex, &schema.ModifyIndex{}: p.ModifyIndex,
		&schema.AddForeignKey{}: p.AddForeignKey, &schema.DropForeignKey{}: p.DropForeignKey,
		&schema.ModifyForeignKey{}: p.ModifyForeignKey,
	} {
		if on {
			skip = append(skip, change)
		}
	}
	return []schema.DiffOption{schema.DiffSkipChanges(skip...)}
}

// filter takes out the differences that the policy accepts. What hangs on an
// accepted table or column is accepted with it.
func (p Policy) filter(diffs []difference) []difference {
	tables := make(map[string]bool)
	for _, d := range diffs {
		if (d.kind == "table" || d.kind == "column") && p.accepts(d) {
			tables[d.table] = true
		}
	}
	var rest []difference
	for _, d := range diffs {
		if !p.accepts(d) && !(d.table != "" && tables[d.table] && d.kind != "table") {
			rest = append(rest, d)
		}
	}
	return rest
}

func (p Policy) accepts(d difference) bool {
	if p.ModifyTable && d.table != "" && (d.kind != "table" || d.is(modified)) {
		return true
	}
	switch d.kind {
	case "schema":
		return d.in(p.AddSchema, true, p.ModifySchema)
	case "table":
		return d.in(p.AddTable, p.DropTable, p.ModifyTable)
	case "column":
		return d.in(p.AddColumn, p.DropColumn, p.ModifyColumn)
	case "foreign key":
		return d.in(p.AddForeignKey, p.DropForeignKey, p.ModifyForeignKey)
	case "index", "unique", "primary key":
		return d.in(p.AddIndex, p.DropIndex, p.ModifyIndex)
	}
	return false
}

// keepHandmade takes out the drops of enum types that no column of from used:
// they were made by hand, for a function perhaps.
func keepHandmade(changes []schema.Change, from *schema.Realm) []schema.Change {
	used := make(map[string]bool)
	for _, s := range from.Schemas {
		for _, t := range s.Tables {
			for _, c := range t.Columns {
				if e := enumOf(c.Type.Type); e != nil {
					used[e.T] = true
				}
			}
		}
	}
	var kept []schema.Change
	for _, c := range changes {
		if d, ok := c.(*schema.DropObject); ok {
			if e, ok := d.O.(*schema.EnumType); ok && !used[e.T] {
				continue
			}
		}
		kept = append(kept, c)
	}
	return kept
}

func enumOf(t schema.Type) *schema.EnumType {
	switch t := t.(type) {
	case *schema.EnumType:
		return t
	case *postgres.ArrayType:
		return enumOf(t.Type)
	}
	return nil
}

// dropObjects takes out the additions of enum types: seen from the desired
// state, those are the ones made by hand.
func dropObjects(changes []schema.Change) []schema.Change {
	var kept []schema.Change
	for _, c := range changes {
		if _, ok := c.(*schema.AddObject); !ok {
			kept = append(kept, c)
		}
	}
	return kept
}
