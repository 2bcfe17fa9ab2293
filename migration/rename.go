package migration

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Rename says that a table, or a column of it, has a new name.
type Rename struct {
	// Schema defaults to public.
	Schema string `json:"schema"`
	Table  string `json:"table"`
	// Column is empty where the table itself is renamed.
	Column string `json:"column,omitempty"`
	// To is the new name.
	To string `json:"to"`
}

// String writes the rename as ParseRename reads it.
func (r Rename) String() string {
	out := r.Table
	if r.Schema != "" && r.Schema != "public" {
		out = r.Schema + "." + out
		if r.Column == "" {
			out += "."
		}
	}
	if r.Column != "" {
		out += "." + r.Column
	}
	return out + "=" + r.To
}

var reRename = regexp.MustCompile(`^(?:([^.=]+)\.)??([^.=]+)(?:\.([^.=]*))?=([^.=]+)$`)

// ParseRename reads "users.nickname=handle" or "users=people". A schema other
// than public stands before the table, "sales.orders.at=placed_at"; to rename a
// table there, end it with a dot, "sales.orders.=purchases".
func ParseRename(s string) (Rename, error) {
	m := reRename.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil || m[1] == "" && strings.HasSuffix(m[2]+"."+m[3], ".") && strings.Contains(s, ".=") {
		return Rename{}, hinted(fmt.Errorf("%q is not a rename", s), "write it like users.nickname=handle, or users=people for a table")
	}
	r := Rename{Schema: m[1], Table: m[2], Column: m[3], To: m[4]}
	if r.Schema == "" {
		r.Schema = "public"
	}
	return r, nil
}

// rename executes the renames on the dev database of conv and returns them with
// the catalog after them.
func (d *differ) rename(ctx context.Context, conv *convergence, cur catalog) ([]statement, catalog, error) {
	var out []statement
	w := ddl{qualify: conv.qualify}
	do := func(r Rename) error {
		if r.Schema == "" {
			r.Schema = "public"
		}
		s, err := w.rename(r, cur, conv.want)
		if err != nil {
			return err
		}
		if _, err := conv.db.ExecContext(ctx, s.sql); err != nil {
			return fmt.Errorf("rename %s: %w", r, err)
		}
		out = append(out, s)
		cur, err = conv.db.catalog(ctx, conv.schemas)
		return err
	}
	for _, r := range d.cfg.Renames {
		if err := do(r); err != nil {
			return nil, nil, err
		}
	}
	if d.cfg.AskRename == nil {
		return out, cur, nil
	}
	asked := make(map[Rename]bool)
	for {
		list := slices.DeleteFunc(lookRenamed(cur, conv.want), func(r Rename) bool { return asked[r] })
		if len(list) == 0 {
			return out, cur, nil
		}
		asked[list[0]] = true
		yes, err := d.cfg.AskRename(ctx, list[0])
		if err != nil {
			return nil, nil, err
		}
		if yes {
			if err := do(list[0]); err != nil {
				return nil, nil, err
			}
		}
	}
}

// rename checks a rename against both catalogs.
func (w ddl) rename(r Rename, cur, want catalog) (statement, error) {
	old, to := object{"table", r.Schema, r.Table, ""}, object{"table", r.Schema, r.To, ""}
	if r.Column != "" {
		old, to = object{"column", r.Schema, r.Table, r.Column}, object{"column", r.Schema, r.Table, r.To}
	}
	switch {
	case cur[old] == nil:
		return statement{}, hinted(fmt.Errorf("rename %s: the migrations have no %s", r, old), "the name before the = is that in the migrations")
	case want[to] == nil:
		return statement{}, hinted(fmt.Errorf("rename %s: the desired state has no %s", r, to), "the name after the = is that in the desired state; generate it first")
	case want[old] != nil:
		return statement{}, fmt.Errorf("rename %s: the desired state has both names", r)
	case cur[to] != nil:
		return statement{}, fmt.Errorf("rename %s: the migrations have both names", r)
	}
	name := w.name(r.Schema, r.Table)
	if r.Column == "" {
		return stmt(to, fmt.Sprintf("Rename a table from %q to %q", r.Table, r.To), "ALTER TABLE %s RENAME TO %s", name, quoted(r.To)), nil
	}
	return stmt(to, fmt.Sprintf("Rename a column from %q to %q", r.Column, r.To), "ALTER TABLE %s RENAME COLUMN %s TO %s", name, quoted(r.Column), quoted(r.To)), nil
}

// lookRenamed are the pairs of a drop and an add that are alike: tables with the
// same columns, columns of the same type in one table.
func lookRenamed(cur, want catalog) []Rename {
	var out []Rename
	for _, g := range sorted(cur) {
		if want[g.object] != nil || g.kind != "table" && g.kind != "column" {
			continue
		}
		for _, w := range sorted(want) {
			if w.kind != g.kind || w.schema != g.schema || cur[w.object] != nil {
				continue
			}
			switch {
			case g.kind == "table" && columnsOf(cur, g) == columnsOf(want, w):
				out = append(out, Rename{Schema: g.schema, Table: g.rel, To: w.rel})
			case g.kind == "column" && g.rel == w.rel && g.parts[colType] == w.parts[colType] && g.parts[colGenerated] == w.parts[colGenerated]:
				out = append(out, Rename{Schema: g.schema, Table: g.rel, Column: g.name, To: w.name})
			}
		}
	}
	return out
}

// columnsOf are a table's columns in a line.
func columnsOf(c catalog, t *entry) string {
	var list []string
	for _, e := range c {
		if e.kind == "column" && e.schema == t.schema && e.rel == t.rel {
			list = append(list, e.name+" "+e.parts[colType])
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}
