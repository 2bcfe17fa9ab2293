package migration

import (
	"maps"
	"slices"
	"strings"
)

// planner makes one round of statements that lead from cur towards want. What a
// statement takes along, such as a view that hinders a column's new type, is
// missing in the next round and made again there.
type planner struct {
	ddl
	cur, want  catalog
	edges      []edge
	keep       catalog
	concurrent Concurrent
	// restore are objects that a round dropped because of others.
	restore catalog
	// keysLast keeps foreign keys out of CREATE TABLE.
	keysLast bool
}

// dropRank and createRank are the orders of the kinds. They need not be
// perfect: a statement that fails is tried again after the others.
var dropRank = ranks("grant", "revoke", "event trigger", "trigger", "rule", "policy", "comment", "row security", "replica identity", "storage", "statistics",
	"view", "materialized view", "foreign key", "check", "exclusion", "index", "unique", "primary key", "sequence owner", "column", "partition", "table", "aggregate", "procedure", "function",
	"domain constraint", "domain", "composite type", "range", "enum", "sequence", "extension", "schema")

var createRank = ranks("schema", "extension", "enum", "composite type", "domain", "domain constraint", "range", "sequence", "function", "procedure", "aggregate",
	"table", "partition", "column", "primary key", "unique", "check", "exclusion", "index", "foreign key", "sequence owner", "view", "materialized view",
	"statistics", "rule", "storage", "replica identity", "trigger", "row security", "policy", "event trigger", "revoke", "grant", "comment")

func ranks(kinds ...string) map[string]int {
	m := make(map[string]int, len(kinds))
	for i, k := range kinds {
		m[k] = i + 1
	}
	return m
}

// plan returns the statements for the differences.
func (p *planner) plan(diffs []difference) []statement {
	drops, creates := make(catalog), make(catalog)
	var alters []difference
	retyping := make(catalog)
	for _, d := range diffs {
		switch {
		case d.is(added):
			creates[d.object] = d.want
		case d.is(dropped):
			drops[d.object] = d.got
		case replaced(d.got, d.want):
			drops[d.object], creates[d.object] = d.got, d.want
		default:
			alters = append(alters, d)
			if d.kind == "column" && retyped(d.got, d.want) {
				retyping[d.object] = d.got
			}
		}
	}
	out := p.renames(drops, creates)
	gone := maps.Clone(drops)
	var undefaulted []*entry
	for _, e := range p.dependents(drops, retyping, creates) {
		if e.kind == "column" && e.parts[colGenerated] == "" {
			undefaulted = append(undefaulted, e)
			continue
		}
		drops[e.object] = e
		if p.keep[e.object] != nil {
			p.restore[e.object] = e
		}
	}
	implied := p.implied(gone, creates)
	for _, e := range p.ordered(drops, dropRank) {
		switch {
		case implied[e.object] && creates[e.object] == nil:
		case e.kind == "index":
			out = append(out, p.dropIndex(e, p.concurrent.Drop && e.parts[2] == "r" && creates[e.object] == nil && gone[e.object] != nil))
		default:
			out = append(out, p.drop(e)...)
		}
	}
	for _, e := range undefaulted {
		out = append(out, p.alter(e.object, "ALTER COLUMN %s DROP DEFAULT", quoted(e.name)))
	}
	slices.SortStableFunc(alters, func(a, b difference) int { return createRank[a.kind] - createRank[b.kind] })
	made := p.creations(creates, drops)
	i := 0
	for _, d := range alters {
		for i < len(made) && createRank[made[i].object.kind] < createRank[d.kind] {
			out = append(out, made[i])
			i++
		}
		out = append(out, p.alterObject(d.got, d.want, p.cur, p.want)...)
	}
	return append(out, made[i:]...)
}

// renames finds constraints and indexes that only have another name, and takes
// them out of drops and creates.
func (p *planner) renames(drops, creates catalog) []statement {
	var out []statement
	for _, c := range sorted(creates) {
		if !constraintKinds[c.kind] && c.kind != "index" {
			continue
		}
		for _, d := range sorted(drops) {
			if d.kind != c.kind || d.schema != c.schema || d.rel != c.rel || creates[d.object] != nil || drops[c.object] != nil || definition(d) != definition(c) {
				continue
			}
			if c.kind == "index" {
				out = append(out, stmt(c.object, "Rename an index", "ALTER INDEX %s RENAME TO %s", p.name(d.schema, d.name), quoted(c.name)))
			} else {
				out = append(out, p.alter(c.object, "RENAME CONSTRAINT %s TO %s", quoted(d.name), quoted(c.name)))
			}
			delete(drops, d.object)
			delete(creates, c.object)
			break
		}
	}
	return out
}

// definition is that of a constraint or an index without its name.
func definition(e *entry) string {
	if e.kind != "index" {
		return e.def
	}
	_, rest, _ := strings.Cut(e.def, " INDEX ")
	_, rest, _ = strings.Cut(rest, " ON ")
	return e.parts[1] + rest
}

// dependents are the objects that must go before drops and retyping can be, the
// last first.
func (p *planner) dependents(drops, retyping, creates catalog) []*entry {
	byRef := make(map[ref]*entry, len(p.cur))
	for _, e := range p.cur {
		if e.ref.class != "acl" && e.ref.class != "comment" && createRank[e.kind] != 0 && !property[e.kind] {
			byRef[e.ref] = e
		}
	}
	users := make(map[ref][]*entry)
	for _, e := range p.edges {
		from := byRef[e.from]
		if from == nil || e.kind == "i" {
			continue
		}
		if e.kind == "a" && !(from.kind == "column" && from.parts[colGenerated] != "" || p.blocks(from)) {
			continue
		}
		users[e.to] = append(users[e.to], from)
		if e.to.sub != 0 {
			whole := e.to
			whole.sub = 0
			users[whole] = append(users[whole], from)
		}
	}
	var out []*entry
	seen := make(map[object]bool)
	var visit func(e *entry, forGood bool)
	visit = func(e *entry, forGood bool) {
		refs := []ref{e.ref}
		for _, r := range refs {
			for _, u := range users[r] {
				if seen[u.object] || drops[u.object] != nil || u == e {
					continue
				}
				if retyping[e.object] != nil && !hindersType(u) {
					continue
				}
				if forGood && p.keep[u.object] != nil {
					continue
				}
				seen[u.object] = true
				visit(u, false)
				out = append(out, u)
			}
		}
	}
	for _, e := range sorted(drops) {
		visit(e, creates[e.object] == nil)
	}
	for _, e := range sorted(retyping) {
		visit(e, false)
	}
	return out
}

// property are the kinds that share their ref with the object they are of.
var property = map[string]bool{"row security": true, "replica identity": true, "storage": true, "sequence owner": true}

// blocks tells whether e must be dropped by itself although pg_depend calls it
// a part.
func (p *planner) blocks(e *entry) bool { return e.kind == "policy" || e.kind == "trigger" }

// hindersType tells whether Postgres refuses a column's new type because of e;
// it takes constraints and indexes along.
func hindersType(e *entry) bool {
	switch e.kind {
	case "view", "materialized view", "policy", "trigger", "rule", "function", "procedure":
		return true
	case "column":
		return e.parts[colGenerated] != ""
	}
	return false
}

// implied are the objects that go by themselves with those in gone.
func (p *planner) implied(gone, creates catalog) map[object]bool {
	relations := make(map[[2]string]bool)
	subs := make(map[[3]string]bool)
	refs := make(map[ref]bool)
	for _, e := range gone {
		switch {
		case e.name != "":
			subs[[3]string{e.schema, e.rel, e.name}] = true
		case !property[e.kind] && e.kind != "schema":
			relations[[2]string{e.schema, e.rel}] = true
		}
		if !property[e.kind] && e.ref.class != "acl" && e.ref.class != "comment" {
			refs[e.ref] = true
		}
	}
	parts := make(map[ref]bool)
	for _, e := range p.edges {
		whole := e.to
		whole.sub = 0
		if e.kind != "n" && (refs[e.to] || refs[whole]) {
			parts[e.from] = true
		}
	}
	out := make(map[object]bool)
	for o, e := range p.cur {
		switch {
		case gone[o] != nil && e.name == "" && !property[e.kind]:
			out[o] = parts[e.ref] && e.kind == "sequence"
		case e.name != "" || property[e.kind]:
			out[o] = relations[[2]string{o.schema, o.rel}] || e.kind == "comment" && subs[[3]string{o.schema, o.rel, e.parts[1]}] ||
				parts[e.ref] && (constraintKinds[e.kind] || e.kind == "index" || e.kind == "statistics" || e.kind == "sequence owner")
		}
	}
	return out
}
