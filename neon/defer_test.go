package neon_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/internal/wireproxy"
	"github.com/espalier-go/espalier/neon"
)

// TestDeferredLost: writes that go with COMMIT are not repeated when the answer
// is lost, though the transaction began in the same flush.
func TestDeferredLost(t *testing.T) {
	t.Parallel()
	w := openWire(t, nil)
	client := w.client(t)
	ctx := neon.Defer(t.Context())
	create := func(slug string) error {
		return client.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
			return tx.Store.Create().SetName("deferred").SetSlug(slug).Exec(ctx)
		})
	}
	require.NoError(t, create("first"))
	sent := 0
	w.OnMessage(func(kind byte, body []byte) wireproxy.Action {
		if kind == 'B' && sent == 0 {
			sent++
			return wireproxy.Mute
		}
		return wireproxy.Forward
	})
	err := create("lost")
	require.True(t, neon.IsUnknownCommit(err), "%v", err)
	require.Equal(t, 1, sent)
	w.OnMessage(nil)
	require.Contains(t, []int{1, 2}, client.Store.Query().CountX(t.Context()))
}
