package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/espalier-go/espalier/internal/pglocal"
	"github.com/espalier-go/espalier/internal/shop"
	"github.com/espalier-go/espalier/migrate"
	"github.com/espalier-go/espalier/migration"
	"github.com/espalier-go/espalier/seed"
)

// clientScale is how many users the shop of the clients has.
const clientScale = 2000

// results are the raw figures.
type results struct {
	Go       string            `json:"go"`
	Postgres string            `json:"postgres"`
	CPUs     int               `json:"cpus"`
	Modules  map[string]string `json:"modules"`
	Rows     []*row            `json:"operations"`
	Seed     []float64         `json:"seed_of_copy,omitempty"`
}

// benchClients measures all operations.
func benchClients(ctx context.Context, adminURL string, quick bool, out io.Writer) (res *results, err error) {
	db, err := pglocal.CreateDatabase(ctx, adminURL, pglocal.DatabaseOptions{})
	if err != nil {
		return nil, err
	}
	defer func() {
		err = errors.Join(err, pglocal.DropDatabase(context.WithoutCancel(ctx), adminURL, db.Name))
	}()
	if _, err := migration.Apply(ctx, db.URL, migrate.FS, nil); err != nil {
		return nil, err
	}
	if _, err := seed.Run(ctx, db.URL, shop.Dataset(), seed.Config{Scale: clientScale}); err != nil {
		return nil, err
	}
	b := &bench{url: db.URL, serial: &serial{}, quick: quick, direct: map[string]*session{}}
	if b.in, err = loadInput(ctx, db.URL); err != nil {
		return nil, err
	}
	if b.admin, err = pgx.Connect(ctx, db.URL); err != nil {
		return nil, err
	}
	defer b.admin.Close(context.WithoutCancel(ctx))
	for _, c := range contenders {
		if b.direct[c.name], err = c.open(ctx, db.URL, b.in, b.serial); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		defer b.direct[c.name].close()
	}
	res = &results{Go: runtime.Version(), CPUs: runtime.NumCPU(), Modules: modules()}
	if err := b.admin.QueryRow(ctx, "SELECT current_setting('server_version')").Scan(&res.Postgres); err != nil {
		return nil, err
	}
	for _, o := range ops {
		r, err := b.row(ctx, o)
		if err != nil {
			return nil, err
		}
		res.Rows = append(res.Rows, r)
		ours, byHand := r.Figures["espalier"], r.Figures["pgx"]
		fmt.Fprintf(out, "%-50s %d/%d round trips, %6d allocations, %8.0f µs; pgx by hand %d/%d, %6d, %8.0f µs\n", o.title,
			ours.FirstTrips, ours.Trips, ours.Allocs, ours.Micros["0"], byHand.FirstTrips, byHand.Trips, byHand.Allocs, byHand.Micros["0"])
	}
	return res, nil
}

// modules are the releases of the contenders.
func modules() map[string]string {
	out := map[string]string{}
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return out
	}
	for _, m := range info.Deps {
		if slices.Contains([]string{"entgo.io/ent", "github.com/jackc/pgx/v5", "gorm.io/gorm", "github.com/uptrace/bun"}, m.Path) {
			out[m.Path] = m.Version
		}
	}
	return out
}
