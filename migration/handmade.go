package migration

import (
	"strings"

	"ariga.io/atlas/sql/migrate"
)

// handmade are the kinds that migrations written by hand may add to the desired
// state. Diff drops such an object only where it made it. All others belong to
// the desired state alone.
var handmade = map[string]bool{
	"extension": true, "enum": true, "domain": true, "domain constraint": true, "range": true, "composite type": true,
	"sequence": true, "sequence owner": true, "partition": true, "view": true, "materialized view": true,
	"function": true, "procedure": true, "aggregate": true, "trigger": true, "event trigger": true, "rule": true, "policy": true,
	"row security": true, "replica identity": true, "storage": true, "statistics": true, "exclusion": true, "grant": true, "revoke": true,
}

// owned reads the names of the objects that Diff made from the files.
func owned(files []migrate.File) map[string]bool {
	names := make(map[string]bool)
	for _, f := range files {
		for line := range strings.Lines(string(f.Bytes())) {
			if name, ok := strings.CutPrefix(line, ownsPrefix); ok {
				names[strings.TrimSpace(name)] = true
			}
		}
	}
	return names
}

// keeper tells which objects of a catalog a diff leaves alone.
type keeper struct {
	owned map[string]bool
	// strict is for comparing two databases: nothing is left alone.
	strict bool
}

// kept are the objects of cur that stay although want doesn't have them.
func (k keeper) kept(cur, want catalog) catalog {
	out := make(catalog)
	if k.strict {
		return out
	}
	used := enumsInUse(cur)
	for o, e := range cur {
		// Earlier versions made the types of columns without a note.
		typ := e.kind == "enum" && used[displayName(e.schema, e.rel)]
		if want[o] == nil && !k.owned[o.String()] && byHand(e) && !typ {
			out[o] = e
		}
	}
	// What hangs on an object stays with it, and goes with it.
	for o, e := range cur {
		if want[o] != nil {
			continue
		}
		switch host := hostOf(cur, e); {
		case host == nil || host == e:
		case out[host.object] != nil && !k.owned[o.String()]:
			out[o] = e
		case want[host.object] == nil && out[host.object] == nil:
			delete(out, o)
		}
	}
	return out
}

// byHand tells whether migrations written by hand may add such an object.
func byHand(e *entry) bool {
	switch e.kind {
	case "column":
		return e.parts[colGenerated] != ""
	case "index":
		return e.parts[5] != ""
	case "comment":
		return e.parts[0] != "TABLE" && e.parts[0] != "COLUMN" && e.parts[0] != "INDEX" && e.parts[0] != "SCHEMA"
	}
	return handmade[e.kind]
}

// enumsInUse are the types that columns of tables have.
func enumsInUse(c catalog) map[string]bool {
	used := make(map[string]bool)
	for _, e := range c {
		if e.kind == "column" {
			used[strings.TrimSuffix(e.parts[colType], "[]")] = true
		}
	}
	return used
}

// hostOf finds the relation, function or type that e belongs to, or nil.
func hostOf(c catalog, e *entry) *entry {
	for _, kind := range []string{"table", "partition", "view", "materialized view", "sequence", "function", "procedure", "aggregate", "enum", "domain", "range", "composite type"} {
		if h := c.get(kind, e.schema, e.rel, ""); h != nil {
			return h
		}
	}
	return nil
}

// accepted takes out what a migration written by hand may have added to a
// constraint and ent can't express.
func (k keeper) accepted(diffs []difference) []difference {
	if k.strict {
		return diffs
	}
	var rest []difference
	for _, d := range diffs {
		if d.is(modified) && constraintKinds[d.kind] && plainConstraint(d.got.def) == d.want.def {
			continue
		}
		rest = append(rest, d)
	}
	return rest
}

var constraintKinds = map[string]bool{"check": true, "foreign key": true, "primary key": true, "unique": true, "exclusion": true}

func plainConstraint(def string) string {
	for _, s := range []string{" NOT VALID", " INITIALLY DEFERRED", " DEFERRABLE"} {
		def = strings.TrimSuffix(def, s)
	}
	return def
}
