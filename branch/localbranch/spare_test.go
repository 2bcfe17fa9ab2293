package localbranch

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// copies is a log that counts what was copied.
type copies struct {
	slog.Handler
	mu   sync.Mutex
	seen [][2]int
}

func (c *copies) log() *slog.Logger {
	c.Handler = slog.DiscardHandler
	return slog.New(c)
}

func (c *copies) Enabled(context.Context, slog.Level) bool { return true }

func (c *copies) Handle(_ context.Context, r slog.Record) error {
	if r.Message != "copied" {
		return nil
	}
	n := map[string]int{}
	r.Attrs(func(a slog.Attr) bool {
		n[a.Key], _ = strconv.Atoi(a.Value.String())
		return true
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = append(c.seen, [2]int{n["files"], n["same"]})
	return nil
}

func (c *copies) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = nil
}

// first is the files of the first copy since: copied, and found unchanged.
func (c *copies) first(t *testing.T) (files, same int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	require.NotEmpty(t, c.seen)
	return c.seen[0][0], c.seen[0][1]
}

func spareProject(t *testing.T) (*Provider, *copies) {
	t.Helper()
	seen := new(copies)
	p := openIn(t, projectDir(t), Config{SpareLimit: 1 << 30, Log: seen.log()})
	p.patience = 0
	_, err := p.Init(t.Context())
	require.NoError(t, err)
	p.background.Wait()
	return p, seen
}

// TestSpare makes branches of a parent that is written to all the time: each
// is the parent at one moment, whatever was copied ahead of it.
func TestSpare(t *testing.T) {
	t.Parallel()
	p, seen := spareProject(t)
	exec1(t, p, "main", `CREATE TABLE account (id int PRIMARY KEY, amount int NOT NULL);
		CREATE TABLE transfer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount int NOT NULL, note text);
		CREATE INDEX ON transfer (amount);
		INSERT INTO account SELECT i, 0 FROM generate_series(1, 100) AS i`)
	ctx, stop := context.WithCancel(t.Context())
	group, gctx := errgroup.WithContext(ctx)
	ep, err := p.Endpoint(t.Context(), "main")
	require.NoError(t, err)
	for range 2 {
		group.Go(func() error { return transfers(gctx, ep.URL) })
	}
	for i := range 4 {
		p.background.Wait()
		seen.forget()
		name := fmt.Sprint("b", i)
		_, err := p.Create(t.Context(), name, branch.CreateOptions{})
		require.NoError(t, err)
		files, same := seen.first(t)
		require.Greater(t, same, 5*files, "only what is written to is copied anew")
		checkTransfers(t, p, name)
	}
	stop()
	require.ErrorIs(t, group.Wait(), context.Canceled)
	p.background.Wait()

	// A dropped database leaves nothing behind in the next branch.
	superuser(t, p, p.mustFind("main"), `CREATE DATABASE other`)
	require.NoError(t, os.Remove(filepath.Join(p.spareDir(p.mustFind("main").Cluster), "list")))
	require.NoError(t, p.keepSpare(t.Context(), p.mustFind("main").ID))
	superuser(t, p, p.mustFind("main"), `DROP DATABASE other`)
	_, err = p.Create(t.Context(), "last", branch.CreateOptions{})
	require.NoError(t, err)
	checkTransfers(t, p, "last")
	folders := func(name string) int {
		found, err := filepath.Glob(filepath.Join(p.clusterDir(p.mustFind(name).Cluster), "data", "base", "*"))
		require.NoError(t, err)
		return len(found)
	}
	require.Equal(t, folders("main"), folders("last"))
}

// transfers moves amounts between accounts until it is called off.
func transfers(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for i := 0; ; i++ {
		_, err := conn.Exec(ctx, fmt.Sprintf(`BEGIN;
			UPDATE account SET amount = amount - 1 WHERE id = least(1 + %[1]d %% 100, 1 + %[1]d * 7 %% 100);
			UPDATE account SET amount = amount + 1 WHERE id = greatest(1 + %[1]d %% 100, 1 + %[1]d * 7 %% 100);
			INSERT INTO transfer (amount, note) VALUES (%[1]d %% 50, repeat('x', 200)); COMMIT`, i))
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return err
		}
	}
}

// checkTransfers reads a branch through its tables and through its indexes.
func checkTransfers(t *testing.T, p *Provider, name string) {
	t.Helper()
	ep, err := p.Endpoint(t.Context(), name)
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), ep.URL)
	require.NoError(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	var sum int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT sum(amount) FROM account`).Scan(&sum))
	require.Zero(t, sum, "half a transaction")
	counts := map[string]bool{}
	for _, off := range []string{"enable_seqscan", "enable_indexscan"} {
		var row string
		_, err := conn.Exec(t.Context(), `RESET ALL; SET enable_bitmapscan = off; SET enable_indexonlyscan = off; SET `+off+` = off`)
		require.NoError(t, err)
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT (SELECT (count(*), sum(id), sum(length(note))) FROM transfer WHERE id > 0)::text
			|| (SELECT (count(*), sum(id)) FROM transfer WHERE amount >= 0)::text`).Scan(&row))
		counts[row] = true
	}
	require.Len(t, counts, 1, "a table and its indexes differ")
	_, err = conn.Exec(t.Context(), `UPDATE account SET amount = 0; INSERT INTO transfer (amount) SELECT 1 FROM generate_series(1, 1000)`)
	require.NoError(t, err)
}

func TestSpareIsNotTrusted(t *testing.T) {
	t.Parallel()
	p, seen := spareProject(t)
	exec1(t, p, "main", `CREATE TABLE item AS SELECT generate_series(1, 10) AS id`)
	dir := p.spareDir(p.mustFind("main").Cluster)
	for i, spoil := range []func(*spareList){
		func(l *spareList) { l.Boot = "another" },
		func(l *spareList) { l.Made = time.Now().Add(time.Hour) },
		nil,
	} {
		list, err := readSpareList(dir)
		require.NoError(t, err)
		if spoil != nil {
			spoil(list)
			require.NoError(t, writeSpareList(dir, *list))
		} else {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "list"), []byte("damaged"), 0o600))
		}
		seen.forget()
		name := fmt.Sprint("b", i)
		_, err = p.Create(t.Context(), name, branch.CreateOptions{})
		require.NoError(t, err)
		_, same := seen.first(t)
		require.Zero(t, same)
		require.Equal(t, 10, rows(t, p, name))
		p.background.Wait()
	}
	// A folder where a file was copied to: it can't be brought up to date.
	control := filepath.Join(dir, "data", "global", "pg_control")
	require.NoError(t, os.Remove(control))
	require.NoError(t, os.Mkdir(control, 0o700))
	superuser(t, p, p.mustFind("main"), `CHECKPOINT`)
	_, err := p.Create(t.Context(), "whole", branch.CreateOptions{})
	require.NoError(t, err)
	require.Equal(t, 10, rows(t, p, "whole"))
}

func TestSpareLimit(t *testing.T) {
	t.Parallel()
	p, _ := spareProject(t)
	cluster := p.mustFind("main").Cluster
	size := diskUse(filepath.Join(p.clusterDir(cluster), "data", "base"))
	free := pglocal.ProbeReflink(p.clusterDir(cluster))
	for limit, want := range map[int64]bool{-1: false, size: true, size - 1: free, 0: free || !pglocal.InMemory(p.dir)} {
		p.cfg.SpareLimit = limit
		require.Equal(t, want, p.mayHaveSpare(cluster), limit)
	}
	require.NoError(t, os.RemoveAll(p.spareDir(cluster)))
	p.cfg.SpareLimit = -1
	require.NoError(t, p.keepSpare(t.Context(), p.mustFind("main").ID))
	require.NoDirExists(t, p.spareDir(cluster))
}

func TestKilledSpare(t *testing.T) {
	t.Parallel()
	p, at := project(t)
	p.background.Wait()
	p.cfg.SpareLimit = 1 << 30
	p.patience = 0
	id := p.mustFind("main").ID
	list := filepath.Join(p.spareDir(p.mustFind("main").Cluster), "list")
	kill(t, p, "spare", "spare:copied", at)
	require.NoFileExists(t, list, "a spare without a list is none")
	for _, point := range []string{"spare:taken", "spare:moved", "build:copied"} {
		require.NoError(t, p.keepSpare(t.Context(), id))
		require.FileExists(t, list)
		kill(t, p, "create", point, at)
		require.NoFileExists(t, list)
		_, err := p.Create(t.Context(), "new", branch.CreateOptions{})
		require.NoError(t, err)
		require.Equal(t, 20, rows(t, p, "new"))
		p.background.Wait()
		require.FileExists(t, list)
		require.NoError(t, p.Delete(t.Context(), "new"))
		tidy(t, p)
	}
}
