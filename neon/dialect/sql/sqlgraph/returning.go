package sqlgraph

import (
	"context"
	"errors"
	"strings"

	"entgo.io/ent/dialect"
	ent "entgo.io/ent/dialect/sql/sqlgraph"

	"github.com/espalier-go/espalier/neon/dialect/sql"
)

// Returned is where an update or a delete puts the rows it has changed.
type Returned struct {
	// Columns to return.
	Columns []string
	// ScanValues and Assign are those of a new node for each row.
	ScanValues func(columns []string) ([]any, error)
	Assign     func(columns []string, values []any) error
}

type returnedKey struct{}

// WithReturned has the UpdateNodes or DeleteNodes that gets the context return
// its rows.
func WithReturned(ctx context.Context, r *Returned) context.Context {
	return context.WithValue(ctx, returnedKey{}, r)
}

func returnedOf(ctx context.Context) *Returned {
	r, _ := ctx.Value(returnedKey{}).(*Returned)
	return r
}

// ErrReturning tells that the rows of a statement can't be returned: the driver
// isn't neon's, or the update changes edges in other tables. Nothing was sent.
var ErrReturning = errors.New("neon: Returning needs neon's driver, and an update of the entity's own table")

// UpdateNodes is [ent.UpdateNodes], which can return the rows.
func UpdateNodes(ctx context.Context, drv dialect.Driver, spec *UpdateSpec) (int, error) {
	r := returnedOf(ctx)
	if r == nil {
		return ent.UpdateNodes(ctx, drv, spec)
	}
	if !native(drv) || externalUpdate(spec) {
		return 0, ErrReturning
	}
	rec, err := record(drv, func(d dialect.Driver) error {
		_, err := ent.UpdateNodes(ctx, d, spec)
		return err
	})
	if err != nil {
		return 0, err
	}
	// An update that sets nothing changes nothing, as in ent.
	if len(rec.execs) == 0 {
		return 0, nil
	}
	return r.run(ctx, drv, rec)
}

// DeleteNodes is [ent.DeleteNodes], which can return the rows.
func DeleteNodes(ctx context.Context, drv dialect.Driver, spec *DeleteSpec) (int, error) {
	r := returnedOf(ctx)
	if r == nil {
		return ent.DeleteNodes(ctx, drv, spec)
	}
	if !native(drv) {
		return 0, ErrReturning
	}
	rec, err := record(drv, func(d dialect.Driver) error {
		_, err := ent.DeleteNodes(ctx, d, spec)
		return err
	})
	if err != nil {
		return 0, err
	}
	return r.run(ctx, drv, rec)
}

func (r *Returned) run(ctx context.Context, drv dialect.Driver, rec *recorder) (int, error) {
	if len(rec.execs) != 1 || strings.Contains(rec.execs[0].query, " RETURNING ") {
		return 0, ErrReturning
	}
	rows := &sql.Rows{}
	if err := drv.Query(ctx, rec.execs[0].query+returning(drv, r.Columns), rec.execs[0].args, rows); err != nil {
		return 0, err
	}
	defer rows.Close()
	for n := 0; ; n++ {
		found, err := scan(rows, r.Columns, r.ScanValues, r.Assign)
		if err != nil || !found {
			return n, err
		}
	}
}
