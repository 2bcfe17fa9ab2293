package entneon_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/internal/wireproxy"
	"github.com/espalier-go/espalier/neontest"
)

// bookshop is what somebody writes over the client that the README's lines make.
// It waits for a line before each step, and says when it is done.
const bookshop = `package main

import (
	"bufio"
	"context"
	"fmt"
	"os"

	"example.com/bookshop/ent"
	"example.com/bookshop/ent/book"
	"github.com/espalier-go/espalier/neon"
)

func main() {
	ctx := context.Background()
	drv, err := neon.Open(ctx, os.Getenv("DATABASE_URL"), nil)
	if err != nil {
		panic(err)
	}
	defer drv.Close()
	client := ent.NewClient(ent.Driver(drv))
	in := bufio.NewScanner(os.Stdin)
	step := func(f func()) {
		if in.Scan() {
			f()
			fmt.Println("done")
		}
	}
	var dune *ent.Book
	step(func() { client.Schema.Create(ctx) })
	step(func() { dune = client.Book.Create().SetTitle("Dune").SaveX(ctx) })
	step(func() {
		client.Chapter.MapCreateBulk([]string{"one", "two"}, func(c *ent.ChapterCreate, i int) {
			c.SetTitle([]string{"one", "two"}[i]).SetBook(dune)
		}).SaveX(ctx)
	})
	step(func() { dune.Update().SetTitle("Dune Messiah").SaveX(ctx) })
	step(func() {
		b := client.Book.Query().Where(book.Title("Dune Messiah")).WithChapters().OnlyX(ctx)
		if len(b.Edges.Chapters) != 2 {
			panic("the chapters are missing")
		}
	})
}
`

// TestSecondModule follows the README in a fresh module that has a schema of its
// own, and counts the round trips of its client.
func TestSecondModule(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	checkout, err := filepath.Abs("..")
	require.NoError(t, err)
	// Modules come from the cache: what this one needs is there.
	env := append(os.Environ(), "GOPROXY=off", "GOSUMDB=off", "GOFLAGS=-mod=mod", "GOWORK=off")
	run := func(name string, args ...string) {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "$ %s %s\n%s", name, strings.Join(args, " "), out)
	}
	run("go", "mod", "init", "example.com/bookshop")
	run("go", "mod", "edit", "-replace=github.com/espalier-go/espalier="+checkout)
	for _, block := range readmeBlocks(t, checkout, "## Use it in a module of your own") {
		if path, ok := strings.CutPrefix(strings.SplitN(block, "\n", 2)[0], "// "); ok {
			writeFile(t, filepath.Join(dir, path), block)
			continue
		}
		for line := range strings.Lines(block) {
			run("sh", "-c", line)
		}
	}
	writeFile(t, filepath.Join(dir, "main.go"), bookshop)
	run("go", "build", "-o", "bookshop", ".")

	db := neontest.OpenWith(t, neontest.Config{Empty: true})
	proxy, err := wireproxy.New(db.URL)
	require.NoError(t, err)
	defer proxy.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "bookshop"))
	cmd.Env = append(os.Environ(), "DATABASE_URL="+proxy.URL)
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	out := bufio.NewReader(stdout)
	for i, step := range []string{"schema", "create", "bulk", "update", "eager"} {
		before := proxy.Trips()
		_, err := fmt.Fprintln(stdin, step)
		require.NoError(t, err)
		line, err := out.ReadString('\n')
		if err != nil {
			_ = cmd.Wait()
			require.NoError(t, err, "%s: %s", step, stderr.String())
		}
		require.Equal(t, "done\n", line)
		if i > 0 {
			require.Equal(t, 1, proxy.Trips()-before, step)
		}
	}
	require.NoError(t, stdin.Close())
	_, err = io.Copy(io.Discard, out)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait(), stderr.String())
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// readmeBlocks are the code blocks below a heading of the README.
func readmeBlocks(t *testing.T, checkout, heading string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(checkout, "README.md"))
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(text), heading+"\n")
	require.True(t, ok, heading)
	section, _, _ = strings.Cut(section, "\n## ")
	var blocks []string
	for i, part := range strings.Split(section, "```") {
		if i%2 == 1 {
			_, block, _ := strings.Cut(part, "\n")
			blocks = append(blocks, block)
		}
	}
	require.Len(t, blocks, 5)
	return blocks
}
