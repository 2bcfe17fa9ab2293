package migration

import (
	"slices"
	"strings"
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

// filter takes out the differences that the policy accepts. What hangs on an
// accepted table or column is accepted with it.
func (p Policy) filter(diffs []difference) []difference {
	if p == (Policy{}) {
		return diffs
	}
	tables := make(map[[2]string]bool)
	columns := make(map[[2]string][]string)
	for _, d := range diffs {
		key := [2]string{d.schema, d.rel}
		switch {
		case !p.accepts(d):
		case d.kind == "table":
			tables[key] = true
		case d.kind == "column":
			columns[key] = append(columns[key], d.name)
		}
	}
	var rest []difference
	for _, d := range diffs {
		key := [2]string{d.schema, d.rel}
		hangs := ofTable[d.kind] && tables[key] || slices.ContainsFunc(columns[key], func(c string) bool { return d.needs(c) })
		if !p.accepts(d) && !hangs {
			rest = append(rest, d)
		}
	}
	return rest
}

// needs tells whether the object is about the column, in the same table.
func (d difference) needs(column string) bool {
	e := d.got
	if e == nil {
		e = d.want
	}
	switch {
	case d.kind == "comment":
		return e.parts[0] == "COLUMN" && e.parts[1] == column
	case constraintKinds[d.kind]:
		return strings.Contains(e.parts[conColumns], quoted(column))
	case d.kind == "index":
		return strings.Contains(e.parts[0], quoted(column)) || e.parts[0] == "" && strings.Contains(e.def, column)
	}
	return false
}

func (p Policy) accepts(d difference) bool {
	if p.ModifyTable && (ofTable[d.kind] || d.kind == "table" && d.is(modified)) {
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

// ofTable are the kinds of objects that a table has.
var ofTable = map[string]bool{"column": true, "check": true, "foreign key": true, "primary key": true, "unique": true, "exclusion": true,
	"index": true, "trigger": true, "policy": true, "rule": true, "row security": true, "replica identity": true, "storage": true,
	"statistics": true, "comment": true, "grant": true}
