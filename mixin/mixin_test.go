package mixin_test

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/mixin"
)

func TestNewIDGrows(t *testing.T) {
	t.Parallel()
	before := time.Now().Truncate(time.Millisecond)
	prev := mixin.NewID()
	for range 100_000 {
		id := mixin.NewID()
		require.Positive(t, bytes.Compare(id[:], prev[:]))
		prev = id
	}
	require.EqualValues(t, 7, prev.Version())
	require.Equal(t, uuid.RFC4122, prev.Variant())
	sec, nsec := prev.Time().UnixTime()
	require.False(t, time.Unix(sec, nsec).Before(before), "the id holds its time")
}

func TestNewIDIsUniqueAmongGoroutines(t *testing.T) {
	t.Parallel()
	ids := make([][]uuid.UUID, 8)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			for range 10_000 {
				ids[i] = append(ids[i], mixin.NewID())
			}
		})
	}
	wg.Wait()
	seen := make(map[uuid.UUID]bool)
	for _, s := range ids {
		for _, id := range s {
			require.False(t, seen[id])
			seen[id] = true
		}
	}
}

func TestNow(t *testing.T) {
	t.Parallel()
	for range 1000 {
		now := mixin.Now()
		require.Equal(t, now, now.Truncate(time.Microsecond))
		require.Equal(t, time.UTC, now.Location())
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	id := mixin.ID{}.Fields()
	require.Len(t, id, 1)
	require.Equal(t, "id", id[0].Descriptor().Name)
	require.True(t, id[0].Descriptor().Immutable)

	times := mixin.Time{}.Fields()
	require.Len(t, times, 2)
	created, updated := times[0].Descriptor(), times[1].Descriptor()
	require.Equal(t, "created_at", created.Name)
	require.True(t, created.Immutable)
	require.Nil(t, created.UpdateDefault)
	require.Equal(t, "updated_at", updated.Name)
	require.NotNil(t, updated.UpdateDefault)
	for _, d := range append(times, id...) {
		require.NotEmpty(t, d.Descriptor().Comment)
	}
}
