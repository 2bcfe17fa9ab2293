package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestQuick runs every operation of every contender, compares what they do, and
// writes the files. What doesn't depend on the clock has to hold.
func TestQuick(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), settings{quick: true, results: filepath.Join(dir, "results.json"), docs: dir}, &out))
	var res results
	text, err := os.ReadFile(filepath.Join(dir, "results.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &res))
	require.Len(t, res.Rows, len(ops))
	for _, r := range res.Rows {
		ours := r.Figures["espalier"]
		require.NotNil(t, ours, r.Name)
		// COPY waits for the server once before it sends rows.
		if r.Name != "copy" {
			require.Equal(t, 1, ours.FirstTrips, r.Title)
			require.Equal(t, 1, ours.Trips, r.Title)
		}
		require.LessOrEqual(t, ours.Trips, r.Figures["pgx"].Trips, r.Title)
		require.Positive(t, ours.Micros["0"])
		require.Positive(t, ours.Sent)
	}
	table, err := os.ReadFile(filepath.Join(dir, "bench.md"))
	require.NoError(t, err)
	require.Contains(t, string(table), "| get by id | 1 / 1 | 2 / 1 |")
	charts, err := filepath.Glob(filepath.Join(dir, "*.svg"))
	require.NoError(t, err)
	require.Len(t, charts, 3)
	for _, name := range charts {
		require.Contains(t, string(table), filepath.Base(name))
		svg, err := os.ReadFile(name)
		require.NoError(t, err)
		for dec := xml.NewDecoder(bytes.NewReader(svg)); ; {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else {
				require.NoError(t, err, name)
			}
		}
		require.Equal(t, len(contenders), strings.Count(string(svg), `y="40"`))
	}
}

// The figures that are committed are those of the operations there are.
func TestCommitted(t *testing.T) {
	t.Parallel()
	var res results
	text, err := os.ReadFile("results.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &res))
	require.Len(t, res.Rows, len(ops))
	for i, o := range ops {
		require.Equal(t, o.title, res.Rows[i].Title)
	}
	for name, want := range render(&res) {
		got, err := os.ReadFile(filepath.Join("..", "docs", name))
		require.NoError(t, err)
		require.Equal(t, want, string(got), "%s isn't made from results.json: make bench", name)
	}
}

// stock.go is espalier.go with another client.
func TestStock(t *testing.T) {
	t.Parallel()
	ours, err := os.ReadFile("espalier.go")
	require.NoError(t, err)
	stock, err := os.ReadFile("stock.go")
	require.NoError(t, err)
	_, ours, _ = bytes.Cut(ours, []byte("(client *ent.Client"))
	_, stock, _ = bytes.Cut(stock, []byte("(client *ent.Client"))
	require.Equal(t, string(ours), string(stock), "go generate ./... is due")
}
