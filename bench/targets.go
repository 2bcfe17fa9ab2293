package main

import (
	"fmt"
	"slices"
	"strings"
)

// target is something the client should reach.
type target struct {
	text, reached string
	kept          bool
}

// worst finds the operation where a ratio is highest.
func worst(res *results, ops []string, ratio func(r *row) (float64, bool)) (value float64, title string) {
	for _, r := range res.Rows {
		if len(ops) > 0 && !slices.Contains(ops, r.Name) {
			continue
		}
		if v, ok := ratio(r); ok && v > value {
			value, title = v, r.Title
		}
	}
	return value, title
}

// over is our figure in parts of that of another contender.
func over(other string, value func(*figure) float64) func(*row) (float64, bool) {
	return func(r *row) (float64, bool) {
		f := r.Figures[other]
		if f == nil || value(f) == 0 {
			return 0, false
		}
		return value(r.Figures["espalier"]) / value(f), true
	}
}

func targets(res *results) []target {
	allocs := func(f *figure) float64 { return float64(f.Allocs) }
	micros := func(f *figure) float64 { return f.Micros["0"] }
	eager := []string{"eager1", "eager1many", "eager3siblings", "eagerm2m", "eager3levels", "eager4levels"}
	scans := append([]string{"filter50", "scan1000", "wide200"}, eager...)
	var out []target
	atMost := func(text string, limit float64, ops []string, ratio func(*row) (float64, bool)) {
		value, title := worst(res, ops, ratio)
		out = append(out, target{fmt.Sprintf("%s: at most %.2f", text, limit), fmt.Sprintf("%.2f (%s)", value, title), value <= limit})
	}
	trips, title := worst(res, nil, func(r *row) (float64, bool) {
		f := r.Figures["espalier"]
		return float64(max(f.Trips, f.FirstTrips)), r.Name != "copy"
	})
	out = append(out, target{"round trips, first call or later: 1", fmt.Sprintf("%.0f (%s)", trips, title), trips == 1})
	for _, r := range res.Rows {
		if r.Name == "get" {
			n := r.Figures["espalier"].Allocs
			out = append(out, target{"allocations of a get: at most 60", fmt.Sprint(n), n <= 60})
		}
	}
	atMost("allocations of a filter of 50 rows, of those of pgx.CollectRows", 1, []string{"filter50"}, over("pgx", allocs))
	atMost("allocations of eager loads, of those of pgx by hand", 0.6, eager, over("pgx", allocs))
	atMost("allocations of a scan of 1,000 rows, of those of pgx's Scan", 0.7, []string{"scan1000"}, over("sqlc", allocs))
	for _, c := range []string{"ent", "gorm", "bun"} {
		i := slices.IndexFunc(contenders, func(x contender) bool { return x.name == c })
		atMost("time at 0 ms, of "+contenders[i].title, 1, nil, over(c, micros))
	}
	atMost("time at 0 ms of scans and eager loads, of pgx by hand", 1.15, scans, over("pgx", micros))
	saved := func(r *row) (float64, bool) {
		byHand := r.Figures["pgx"]
		if byHand.Trips-r.Figures["espalier"].Trips < 2 {
			return 0, false
		}
		return over("pgx", micros)(r)
	}
	atMost("time at 0 ms where more than one round trip is saved, of pgx by hand", 1, nil, saved)
	atMost("time at 0 ms of a bulk with ids, of unnest by hand", 1/0.9, []string{"bulkids"}, over("pgx", micros))
	atMost("time at 0 ms of a copy, of pgx.CopyFrom", 1/0.9, []string{"copy"}, over("pgx", micros))
	for i := range out {
		out[i].reached = strings.TrimSuffix(out[i].reached, " ()")
	}
	return out
}
