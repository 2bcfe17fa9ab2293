package sqlgraph_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/internal/wireproxy"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neontest"
)

// shop is the generated client on a database of its own, seen from the wire.
type shop struct {
	*ent.Client
	t     *testing.T
	proxy *wireproxy.Proxy
	// direct bypasses the proxy.
	direct *neon.Driver
}

func openShop(t *testing.T) *shop {
	t.Helper()
	db := neontest.Open(t)
	proxy, err := wireproxy.New(db.URL)
	require.NoError(t, err)
	t.Cleanup(proxy.Close)
	drv, err := neon.Open(t.Context(), proxy.URL, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, drv.Close()) })
	require.NoError(t, drv.Ping(t.Context()))
	direct, err := neon.Open(t.Context(), db.URL, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, direct.Close()) })
	return &shop{Client: ent.NewClient(ent.Driver(drv)), t: t, proxy: proxy, direct: direct}
}

// trips runs f and holds it to the number of round trips.
func (s *shop) trips(want int, f func(ctx context.Context)) {
	s.t.Helper()
	before := s.proxy.Trips()
	f(s.t.Context())
	require.Equal(s.t, want, s.proxy.Trips()-before, "round trips")
}

// twice runs f as a first and as a later call: both pay one round trip.
func (s *shop) twice(f func(ctx context.Context)) {
	s.t.Helper()
	for range 3 {
		s.trips(1, f)
	}
}
