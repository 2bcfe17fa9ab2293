package main

import (
	"fmt"
	"strings"
)

// render makes the files of the folder docs.
func render(res *results) map[string]string {
	return map[string]string{
		"bench.md": markdown(res),
		"bench-latency.svg": chart{
			title: "Milliseconds per operation, 5 ms from the server", unit: "ms",
			ops:   []string{"get", "updateone", "createm2m", "updatem2m", "tx3", "eager1", "eager3siblings", "eager4levels"},
			value: func(f *figure) float64 { return f.Micros["5"] / 1000 },
		}.svg(res),
		"bench-local.svg": chart{
			title: "Time per operation on the server's machine, pgx by hand = 1", unit: "×", relative: true,
			ops:   []string{"get", "filter50", "scan1000", "wide200", "eager1", "eager3siblings", "eager4levels", "updateone"},
			value: func(f *figure) float64 { return f.Micros["0"] },
		}.svg(res),
		"bench-allocations.svg": chart{
			title: "Allocations per operation, pgx by hand = 1", unit: "×", relative: true,
			ops:   []string{"filter50", "scan1000", "wide200", "eager1", "eager3siblings", "eagerm2m", "eager4levels", "bulkids"},
			value: func(f *figure) float64 { return float64(f.Allocs) },
		}.svg(res),
	}
}

const preface = `# The generated client, measured

![Time at 5 ms](bench-latency.svg)
![Time without latency](bench-local.svg)
![Allocations](bench-allocations.svg)

` + "`make bench`" + ` measures this anew, on the schema and the rows of the shop (%d users and what belongs to them), and writes the raw figures to
[bench/results.json](../bench/results.json). All contenders run in one process by turns against one Postgres; each figure is a median. What they return
or leave in the database is compared before anything is timed. Latency is added to each round trip by a proxy, which counts on the wire as well.

- **Espalier**: the client generated with the extension, over neon's driver.
- **pgx by hand**: one statement after the other, rows by ` + "`pgx.CollectRows`" + `. **pgx batched**: ` + "`pgx.Batch`" + ` where it saves round trips, the queries of
  edges repeating that of their parents. **sqlc style**: the same statements, rows by ` + "`Scan`" + ` in a loop, as sqlc writes it.
- **stock ent**: the same schema generated without the extension, over pgx/v5/stdlib. **GORM**: over its pgx driver, with prepared statements.
  **bun**: over its own driver.

Go %s, Postgres %s, %d CPUs; %s.
`

func markdown(res *results) string {
	var b strings.Builder
	var modules []string
	for _, m := range []string{"entgo.io/ent", "github.com/jackc/pgx/v5", "gorm.io/gorm", "github.com/uptrace/bun"} {
		modules = append(modules, strings.TrimSpace(m+" "+res.Modules[m]))
	}
	fmt.Fprintf(&b, preface, clientScale, strings.TrimPrefix(res.Go, "go"), res.Postgres, res.CPUs, strings.Join(modules, ", "))
	if len(res.Seed) > 0 {
		fmt.Fprintf(&b, "\nThe seed engine, which makes its rows, reaches %.2f of the speed of pgx.CopyFrom with rows that are ready.\n", median(res.Seed))
	}
	b.WriteString("\n## What it should show\n\n| target | reached | |\n|---|---|---|\n")
	for _, t := range targets(res) {
		mark := "yes"
		if !t.kept {
			mark = "**no**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", t.text, t.reached, mark)
	}
	table := func(title string, cell func(*figure) string) {
		fmt.Fprintf(&b, "\n## %s\n\n|", title)
		for _, c := range contenders {
			fmt.Fprintf(&b, " | %s", c.title)
		}
		b.WriteString(" |\n|---" + strings.Repeat("|--:", len(contenders)) + "|\n")
		for _, r := range res.Rows {
			fmt.Fprintf(&b, "| %s", r.Title)
			for _, c := range contenders {
				if f := r.Figures[c.name]; f != nil {
					fmt.Fprintf(&b, " | %s", cell(f))
				} else {
					b.WriteString(" | ")
				}
			}
			b.WriteString(" |\n")
		}
	}
	table("Round trips, first call / later calls", func(f *figure) string { return fmt.Sprintf("%d / %d", f.FirstTrips, f.Trips) })
	for _, l := range latencies {
		ms := fmt.Sprint(l.Milliseconds())
		table("Milliseconds, "+ms+" ms of added latency", func(f *figure) string { return fmt.Sprintf("%.2f", f.Micros[ms]/1000) })
	}
	table("Allocations of the client", func(f *figure) string { return fmt.Sprint(f.Allocs) })
	table("Kilobytes allocated by the client", func(f *figure) string { return fmt.Sprintf("%.1f", float64(f.Bytes)/1000) })
	table("Statements", func(f *figure) string { return fmt.Sprint(f.Statements) })
	table("Kilobytes on the wire, sent + received", func(f *figure) string {
		return fmt.Sprintf("%.1f + %.1f", float64(f.Sent)/1000, float64(f.Received)/1000)
	})
	return b.String()
}
