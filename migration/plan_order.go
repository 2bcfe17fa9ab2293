package migration

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// ordered sorts entries by the rank of their kind; tables that need others go
// before those.
func (p *planner) ordered(c catalog, rank map[string]int) []*entry {
	list := sorted(c)
	pos := make(map[object]int)
	tables := p.tables(c, p.cur)
	for i, t := range tables {
		pos[t.object] = -i
	}
	slices.SortStableFunc(list, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(rank[a.kind], rank[b.kind]), cmp.Compare(pos[a.object], pos[b.object]))
	})
	// Foreign keys that go against the order of the drops.
	var first []*entry
	for _, k := range sorted(p.cur) {
		if k.kind != "foreign key" || c[k.object] != nil {
			continue
		}
		from, to := c.get("table", k.schema, k.rel, ""), c.get("table", k.parts[conSchema], k.parts[conTable], "")
		if from != nil && to != nil && from != to && pos[from.object] > pos[to.object] {
			first = append(first, k)
		}
	}
	return append(first, list...)
}

// tables are the tables in c, each after those it needs: partitions after their
// parents, and where it can be after the tables its foreign keys refer to.
func (p *planner) tables(c, all catalog) []*entry {
	needs := make(map[[2]string][][2]string)
	for _, e := range sorted(all) {
		if e.kind == "foreign key" {
			key := [2]string{e.schema, e.rel}
			needs[key] = append(needs[key], [2]string{e.parts[conSchema], e.parts[conTable]})
		}
	}
	byName := make(map[[2]string]*entry)
	parents := make(map[string][2]string)
	var list []*entry
	for _, e := range sorted(c) {
		if e.kind == "table" || e.kind == "partition" {
			list = append(list, e)
			byName[[2]string{e.schema, e.rel}] = e
			parents[displayName(e.schema, e.rel)] = [2]string{e.schema, e.rel}
		}
	}
	var out []*entry
	state := make(map[*entry]bool)
	var visit func(e *entry)
	visit = func(e *entry) {
		if e == nil || state[e] {
			return
		}
		state[e] = true
		for _, parent := range strings.Split(e.parts[tabParents], ", ") {
			visit(byName[parents[parent]])
		}
		for _, n := range needs[[2]string{e.schema, e.rel}] {
			visit(byName[n])
		}
		out = append(out, e)
	}
	for _, e := range list {
		visit(e)
	}
	return out
}

// creations are the statements that make the objects in creates, in order.
func (p *planner) creations(creates, drops catalog) []statement {
	rest := maps.Clone(creates)
	columns := make(map[[2]string][]*entry)
	constraints := make(map[[2]string][]*entry)
	for _, e := range sorted(creates) {
		key := [2]string{e.schema, e.rel}
		switch {
		case e.kind == "column":
			columns[key] = append(columns[key], e)
		case constraintKinds[e.kind]:
			constraints[key] = append(constraints[key], e)
		}
	}
	tables := p.tables(creates, p.want)
	pos := make(map[[2]string]int)
	for i, t := range tables {
		pos[[2]string{t.schema, t.rel}] = i + 1
	}
	var made []statement
	for _, t := range tables {
		key := [2]string{t.schema, t.rel}
		var inline []*entry
		for _, c := range constraints[key] {
			if p.inline(c, t, pos) {
				inline = append(inline, c)
				delete(rest, c.object)
			}
		}
		order := map[string]int{"primary key": 1, "unique": 2, "exclusion": 3, "foreign key": 4, "check": 5}
		slices.SortStableFunc(inline, func(a, b *entry) int { return order[a.kind] - order[b.kind] })
		for _, c := range columns[key] {
			delete(rest, c.object)
		}
		made = append(made, p.createTable(t, columns[key], inline))
		delete(rest, t.object)
	}
	var out []statement
	for _, e := range p.rank(rest) {
		for len(made) > 0 && createRank[e.kind] > createRank["table"] {
			out = append(out, made...)
			made = nil
		}
		switch e.kind {
		case "column":
			out = append(out, p.addColumn(e))
		case "index":
			old := p.cur.get("table", e.schema, e.rel, "")
			concurrently := p.concurrent.Create && old != nil && pos[[2]string{e.schema, e.rel}] == 0 && e.parts[2] == "r" && drops[e.object] == nil
			out = append(out, p.createIndex(e, concurrently))
		default:
			out = append(out, p.create(e)...)
		}
	}
	return append(out, made...)
}

func (p *planner) rank(c catalog) []*entry {
	list := sorted(c)
	slices.SortStableFunc(list, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(createRank[a.kind], createRank[b.kind]), number(a, b))
	})
	return list
}

// number keeps the columns in the order in which they were declared.
func number(a, b *entry) int {
	if a.kind != "column" || b.kind != "column" || a.rel != b.rel || a.schema != b.schema {
		return 0
	}
	return strings.Compare(a.parts[colNumber], b.parts[colNumber])
}

// inline tells whether the constraint can stand in CREATE TABLE: a foreign key
// only where the other table is there by then.
func (p *planner) inline(c, t *entry, pos map[[2]string]int) bool {
	if t.kind == "partition" || strings.HasSuffix(c.def, " NOT VALID") {
		return false
	}
	if c.kind != "foreign key" {
		return true
	}
	if p.keysLast {
		return false
	}
	to := [2]string{c.parts[conSchema], c.parts[conTable]}
	if n := pos[to]; n != 0 {
		return n <= pos[[2]string{t.schema, t.rel}]
	}
	return p.cur.get("table", to[0], to[1], "") != nil
}
