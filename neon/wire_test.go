package neon_test

import (
	"context"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/internal/wireproxy"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neontest"
)

// wire is a driver behind a counting proxy, on a migrated database of its own.
type wire struct {
	*wireproxy.Proxy
	drv *neon.Driver
	db  *neontest.DB
}

func openWire(t *testing.T, cfg *neon.Config) *wire {
	t.Helper()
	db := neontest.Open(t)
	p, err := wireproxy.New(db.ClientURL(t))
	require.NoError(t, err)
	t.Cleanup(p.Close)
	drv, err := neon.Open(t.Context(), p.URL, cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, drv.Close()) })
	return &wire{p, drv, db}
}

// trips counts the round trips of f.
func (w *wire) trips(t *testing.T, f func()) int {
	t.Helper()
	before := w.Trips()
	f()
	return w.Trips() - before
}

func (w *wire) client(t *testing.T) *ent.Client {
	t.Helper()
	return ent.NewClient(ent.Driver(w.drv))
}

func (w *wire) exec(t *testing.T, text string, args ...any) {
	t.Helper()
	require.NoError(t, w.drv.Exec(t.Context(), text, append([]any{}, args...), nil))
}

// one runs a query of one column and one row.
func one[T any](t *testing.T, on dialect.ExecQuerier, text string, args ...any) T {
	t.Helper()
	v, err := oneOf[T](t.Context(), on, text, args...)
	require.NoError(t, err)
	return v
}

func oneOf[T any](ctx context.Context, on dialect.ExecQuerier, text string, args ...any) (v T, err error) {
	rows := &entsql.Rows{}
	if err := on.Query(ctx, text, append([]any{}, args...), rows); err != nil {
		return v, err
	}
	defer rows.Close()
	err = entsql.ScanOne(rows, &v)
	return v, err
}

// idle waits until the pool has all its connections back.
func (w *wire) idle(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return w.drv.Pool().Stat().AcquiredConns() == 0 },
		10*time.Second, 5*time.Millisecond, "a connection was not given back")
}
