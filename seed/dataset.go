package seed

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Dataset is a set of tables that are filled together.
type Dataset struct {
	// Name is the data set's in espalier.seed_progress.
	Name string
	// Version grows whenever other rows are made for the same seed number. A
	// database that was filled by another version is not touched without
	// Config.Reset.
	Version int
	// Tables stand with the parents first: a foreign key may lead to a table
	// before its own, or to an earlier row of its own.
	Tables []Table
}

// Table is one table of a Dataset.
type Table struct {
	// Name is the table's, with or without a schema before a dot.
	Name string
	// Columns are those that Row fills, in its order. The others get their
	// defaults.
	Columns []string
	// Rows returns how many rows the table has at a scale, from 1 on.
	Rows func(scale int64) int64
	// Row puts the values of row i, from 0 on, into dst. They may depend on i
	// and on what g gives, and on nothing else: not on the clock, not on the
	// order of a map, not on state that another row left. Row is called from
	// several goroutines at once, each with a Gen of its own. Any type that
	// pgx can encode for the column will do.
	Row func(g *Gen, i int64, dst []any)
}

func (t *Table) ident() pgx.Identifier { return strings.Split(t.Name, ".") }

// Rows returns how many rows the data set has at a scale.
func (ds *Dataset) Rows(scale int64) (n int64) {
	for i := range ds.Tables {
		n += ds.Tables[i].Rows(scale)
	}
	return n
}

// Generate calls yield with the rows [from, to) of a table, until it returns
// false. The slice is used again for the next row.
func (ds *Dataset) Generate(table string, seed, scale, from, to int64, yield func(row []any) bool) error {
	if err := ds.check(); err != nil {
		return err
	}
	for i := range ds.Tables {
		if t := &ds.Tables[i]; t.Name == table {
			g, s, row := newGen(seed, scale), NewStream(t.Name), make([]any, len(t.Columns))
			for i := from; i < to; i++ {
				g.row(t, s, i, row)
				if !yield(row) {
					return nil
				}
			}
			return nil
		}
	}
	return fmt.Errorf("data set %s has no table %q", ds.Name, table)
}

// check reports what is wrong with the declaration.
func (ds *Dataset) check() error {
	if ds == nil || ds.Name == "" {
		return errors.New("the data set has no name")
	}
	if len(ds.Tables) == 0 {
		return fmt.Errorf("data set %s has no tables", ds.Name)
	}
	seen := map[string]bool{}
	for _, t := range ds.Tables {
		switch {
		case t.Name == "":
			return fmt.Errorf("data set %s: a table has no name", ds.Name)
		case seen[t.Name]:
			return fmt.Errorf("data set %s: table %s stands there twice", ds.Name, t.Name)
		case len(t.Columns) == 0:
			return fmt.Errorf("data set %s: table %s has no columns", ds.Name, t.Name)
		case t.Rows == nil || t.Row == nil:
			return fmt.Errorf("data set %s: table %s needs both Rows and Row", ds.Name, t.Name)
		}
		seen[t.Name] = true
	}
	return nil
}
