// Command bench measures Espalier against other ways to do the same, in one
// run on one server: that of $DATABASE_URL, or an embedded one. The generated
// client runs against pgx by hand, ent, GORM, bun and code as sqlc writes it; the
// seed engine against pgx.CopyFrom. It writes results.json, and the table and the
// charts of the folder -docs. It exits with 1 where a promise isn't kept.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/espalier-go/espalier/internal/pglocal"
)

// settings are the flags.
type settings struct {
	quick, seed   bool
	render        bool
	results, docs string
}

func main() {
	var s settings
	flag.BoolVar(&s.quick, "quick", false, "run everything once, for its errors: the figures mean nothing")
	flag.BoolVar(&s.seed, "seed", true, "measure the seed engine, too")
	flag.BoolVar(&s.render, "render", false, "measure nothing: make the table and the charts from the raw figures")
	flag.StringVar(&s.results, "results", "results.json", "the `file` of the raw figures")
	flag.StringVar(&s.docs, "docs", "../docs", "the `folder` of the table and the charts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, s, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings, out io.Writer) error {
	if s.render {
		return again(s)
	}
	server, err := pglocal.Shared(ctx, pglocal.SharedConfig{})
	if err != nil {
		return err
	}
	defer server.Close()
	res, err := benchClients(ctx, server.AdminURL(), s.quick, out)
	if err != nil {
		return err
	}
	var broken error
	if s.seed && !s.quick {
		res.Seed, broken = benchSeed(ctx, server.AdminURL(), out)
		if len(res.Seed) == 0 {
			return broken
		}
	}
	if err := write(res, s); err != nil {
		return err
	}
	return broken
}

func again(s settings) error {
	text, err := os.ReadFile(s.results)
	if err != nil {
		return err
	}
	res := &results{}
	if err := json.Unmarshal(text, res); err != nil {
		return err
	}
	return write(res, s)
}

func write(res *results, s settings) error {
	text, err := json.MarshalIndent(res, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.results, append(text, '\n'), 0o644); err != nil {
		return err
	}
	if err := os.MkdirAll(s.docs, 0o755); err != nil {
		return err
	}
	for name, text := range render(res) {
		if err := os.WriteFile(filepath.Join(s.docs, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
