package localbranch

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// BenchmarkCreate makes branches of 50 MB in $TMPDIR, each to its first query,
// from a copy made ahead; BenchmarkCreateWhole makes them without one. Their control, BenchmarkCopy, is the copying of the same files alone.
func BenchmarkCreate(b *testing.B)      { benchCreate(b, 0) }
func BenchmarkCreateWhole(b *testing.B) { benchCreate(b, -1) }

func benchCreate(b *testing.B, spareLimit int64) {
	p := benchProject(b)
	p.cfg.SpareLimit = spareLimit
	p.background.Wait()
	n := 0
	for b.Loop() {
		n++
		name := fmt.Sprint("b", n)
		_, err := p.Create(b.Context(), name, branch.CreateOptions{})
		require.NoError(b, err)
		query(b, p, name, `SELECT count(*) FROM pg_class`)
		b.StopTimer()
		p.background.Wait()
		require.NoError(b, p.Delete(b.Context(), name))
		b.StartTimer()
	}
}

func BenchmarkCopy(b *testing.B) {
	p := benchProject(b)
	st, err := p.read()
	require.NoError(b, err)
	data := p.clusterDir(st.root().Cluster) + "/data"
	dst := b.TempDir() + "/copy"
	for b.Loop() {
		_, err := pglocal.CopyTree(b.Context(), data, dst, pglocal.CopyOptions{Live: true, Skip: leaveOut})
		require.NoError(b, err)
		b.StopTimer()
		require.NoError(b, os.RemoveAll(dst))
		b.StartTimer()
	}
}

func benchProject(b *testing.B) *Provider {
	dir, err := os.MkdirTemp("", "localbranch-")
	require.NoError(b, err)
	b.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(b, os.Chmod(dir, 0o755))
	p, err := Open(b.Context(), dir, Config{})
	require.NoError(b, err)
	b.Cleanup(func() {
		_, err := p.Down(context.Background())
		require.NoError(b, err)
		require.NoError(b, p.Close())
	})
	_, err = p.Init(b.Context())
	require.NoError(b, err)
	query(b, p, "main", `CREATE TABLE item AS SELECT i, repeat('x', 100) FROM generate_series(1, 150000) AS i`)
	return p
}

func query(b *testing.B, p *Provider, name, sql string) {
	ep, err := p.Endpoint(b.Context(), name)
	require.NoError(b, err)
	conn, err := pgx.Connect(b.Context(), ep.URL)
	require.NoError(b, err)
	defer conn.Close(context.WithoutCancel(b.Context()))
	_, err = conn.Exec(b.Context(), sql)
	require.NoError(b, err)
}
