package neon

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// The strings of an arena stay as they were while the buffer they came from and
// the arena go on.
func TestArena(t *testing.T) {
	t.Parallel()
	var a arena
	buf := make([]byte, 0, 4*maxPiece)
	var got, want []string
	for i := range 5000 {
		buf = append(buf[:0], fmt.Sprint("value ", i)...)
		if i%500 == 0 {
			buf = append(buf, bytes.Repeat([]byte{'x'}, i)...)
		}
		if i == 0 {
			a.begin([][]byte{buf})
		}
		got, want = append(got, a.text(buf)), append(want, string(buf))
		clear(buf)
	}
	require.Equal(t, want, got)
	require.Empty(t, a.text(nil))
	require.LessOrEqual(t, a.size, maxPiece)
}

func TestArenaOneRow(t *testing.T) {
	row := []byte("a row of its own")
	allocs := testing.AllocsPerRun(10, func() {
		var a arena
		a.begin([][]byte{row[:8], row[8:]})
		_, _ = a.text(row[:8]), a.text(row[8:])
	})
	require.EqualValues(t, 1, allocs)
}
