package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/espalier-go/espalier/internal/pglocal"
	"github.com/espalier-go/espalier/internal/shop"
	"github.com/espalier-go/espalier/migrate"
	"github.com/espalier-go/espalier/migration"
	"github.com/espalier-go/espalier/seed"
)

const (
	// seedScale makes a little over a million rows.
	seedScale  = 92_000
	seedRounds = 3
	// seedFloor is the speed the engine promises, in parts of that of
	// pgx.CopyFrom alone.
	seedFloor = 0.5
)

// benchSeed loads the same rows with pgx.CopyFrom, which finds them ready in
// memory, and with the seed engine, which makes them, records its progress,
// sets the sequences and analyzes. Each load gets a database of its own.
func benchSeed(ctx context.Context, admin string, out io.Writer) ([]float64, error) {
	tables, total, err := materialize()
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "seed: %d rows in %d tables\n%8s %16s %16s %8s\n", total, len(tables), "round", "pgx.CopyFrom", "seed", "ratio")
	var ratios []float64
	for round := range seedRounds {
		var raw, engine result
		loads := []func() error{
			func() (err error) {
				raw, err = load(ctx, admin, func(url string) error { return copyAll(ctx, url, tables) })
				return
			},
			func() (err error) {
				engine, err = load(ctx, admin, func(url string) error { return seedAll(ctx, url) })
				return
			},
		}
		if round%2 == 1 { // so that none of them is always first
			slices.Reverse(loads)
		}
		for _, f := range loads {
			if err := f(); err != nil {
				return nil, err
			}
		}
		if raw.content != engine.content {
			return nil, errors.New("the two loads differ")
		}
		rate := func(r result) float64 { return float64(total) / r.took.Seconds() }
		ratios = append(ratios, rate(engine)/rate(raw))
		fmt.Fprintf(out, "%8d %9.0f rows/s %9.0f rows/s %8.2f\n", round+1, rate(raw), rate(engine), ratios[round])
	}
	reached := median(ratios)
	fmt.Fprintf(out, "%8s %42.2f (at least %.1f)\n", "median", reached, seedFloor)
	if reached < seedFloor {
		return ratios, fmt.Errorf("seed reaches %.2f of pgx.CopyFrom, less than %.1f", reached, seedFloor)
	}
	return ratios, nil
}

type table struct {
	seed.Table
	rows [][]any
}

func materialize() (tables []table, total int64, err error) {
	ds := shop.Dataset()
	for _, t := range ds.Tables {
		tab := table{Table: t}
		err := ds.Generate(t.Name, 1, seedScale, 0, t.Rows(seedScale), func(row []any) bool {
			tab.rows = append(tab.rows, slices.Clone(row))
			return true
		})
		if err != nil {
			return nil, 0, err
		}
		tables = append(tables, tab)
		total += int64(len(tab.rows))
	}
	return tables, total, nil
}

func copyAll(ctx context.Context, url string, tables []table) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, t := range tables {
		if _, err := conn.CopyFrom(ctx, pgx.Identifier{t.Name}, t.Columns, pgx.CopyFromRows(t.rows)); err != nil {
			return err
		}
	}
	return nil
}

func seedAll(ctx context.Context, url string) error {
	_, err := seed.Run(ctx, url, shop.Dataset(), seed.Config{Scale: seedScale})
	return err
}

type result struct {
	took    time.Duration
	content string
}

// load measures f on a new, migrated database.
func load(ctx context.Context, admin string, f func(url string) error) (r result, err error) {
	db, err := pglocal.CreateDatabase(ctx, admin, pglocal.DatabaseOptions{})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, pglocal.DropDatabase(context.WithoutCancel(ctx), admin, db.Name)) }()
	if _, err := migration.Apply(ctx, db.URL, migrate.FS, nil); err != nil {
		return r, err
	}
	conn, err := pgx.Connect(ctx, db.URL)
	if err != nil {
		return r, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	// A checkpoint in the middle would hit one load and not the other. It is
	// for superusers, so elsewhere it is left to chance.
	_, _ = conn.Exec(ctx, "checkpoint")
	start := time.Now()
	if err := f(db.URL); err != nil {
		return r, err
	}
	r.took = time.Since(start)
	var sums []string
	for _, t := range shop.Dataset().Tables {
		var sum string
		err := conn.QueryRow(ctx, "select count(*) || ' ' || sum(hashtextextended(t::text, 0)) from "+pgx.Identifier{t.Name}.Sanitize()+" t").Scan(&sum)
		if err != nil {
			return r, err
		}
		sums = append(sums, sum)
	}
	r.content = strings.Join(sums, "\n")
	return r, nil
}
