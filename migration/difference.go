package migration

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// difference is one between a catalog and the wanted one; got or want is nil
// where the object is missing.
type difference struct {
	object
	got, want *entry
}

// How an object differs: it is to be added, dropped or modified.
const (
	added = iota
	dropped
	modified
)

func (d difference) is(change int) bool {
	switch {
	case d.got == nil:
		return change == added
	case d.want == nil:
		return change == dropped
	}
	return change == modified
}

// in picks the flag for the kind of change.
func (d difference) in(add, drop, modify bool) bool {
	return d.is(added) && add || d.is(dropped) && drop || d.is(modified) && modify
}

// String describes the object in Postgres' notation, without quotes.
func (o object) String() string {
	parts := []string{}
	for _, p := range []string{o.schema, o.rel, o.name} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return oneLine(o.kind + " " + strings.Join(parts, "."))
}

// String describes the difference in a line.
func (d difference) String() string {
	name := d.object.String()
	switch {
	case d.got == nil:
		return strings.TrimSuffix(fmt.Sprintf("%s is missing: %s", name, oneLine(d.want.def)), ": ")
	case d.want == nil:
		return strings.TrimSuffix(fmt.Sprintf("%s is left over: %s", name, oneLine(d.got.def)), ": ")
	}
	return fmt.Sprintf("%s is %q, should be %q", name, oneLine(d.got.def), oneLine(d.want.def))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// differences lists how got differs from want, sorted.
func differences(got, want catalog) []difference {
	var diffs []difference
	for o, w := range want {
		g := got[o]
		if g == nil || g.def != w.def && canonical(g.def) != canonical(w.def) {
			diffs = append(diffs, difference{o, g, w})
		}
	}
	for o, g := range got {
		if want[o] == nil {
			diffs = append(diffs, difference{o, g, nil})
		}
	}
	slices.SortFunc(diffs, func(a, b difference) int { return strings.Compare(a.object.String(), b.object.String()) })
	return diffs
}

func lines(diffs []difference) []string {
	out := make([]string, len(diffs))
	for i, d := range diffs {
		out[i] = d.String()
	}
	return out
}

// errorLine is the line of text that Postgres complains about, from 1, or 0.
func errorLine(text string, err error) int {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Position <= 0 {
		return 0
	}
	r := []rune(text)
	return lineAt(text, len(string(r[:min(int(pg.Position)-1, len(r))])))
}
