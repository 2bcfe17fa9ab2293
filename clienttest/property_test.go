package clienttest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/neon"
)

// More of them search deeper: go test -seeds 100.
var (
	firstSeed = flag.Int("first", 0, "first seed of the property test")
	seeds     = flag.Int("seeds", 4, "how many seeds the property test tries")
)

// The client behind neon's driver does what ent does: the same random writes
// and reads have the same outcomes and leave the same rows.
func TestSameAsStock(t *testing.T) {
	t.Parallel()
	const steps = 150
	for seed := *firstSeed; seed < *firstSeed+*seeds; seed++ {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			// Behind a transaction pooler no statement has a name.
			p := openPair(t, []neon.Mode{neon.ModeDirect, neon.ModePooled}[seed%2])
			ours := &world{Rand: rand.New(rand.NewPCG(uint64(seed), 1)), c: p.ours}
			stock := &world{Rand: rand.New(rand.NewPCG(uint64(seed), 1)), c: p.stock}
			for i := range steps {
				ours.look(ctx)
				stock.look(ctx)
				require.Equal(t, stock.persons, ours.persons)
				want, wantErr := stock.step(ctx)
				got, gotErr := ours.step(ctx)
				require.Equal(t, outcome(want, wantErr), outcome(got, gotErr), "step %d: stock %v, ours %v", i, wantErr, gotErr)
			}
			want, err := dump(ctx, p.stock)
			require.NoError(t, err)
			got, err := dump(ctx, p.ours)
			require.NoError(t, err)
			require.Equal(t, outcome(want, nil), outcome(got, nil))
		})
	}
}
