package neon

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestEncodeUntyped(t *testing.T) {
	t.Parallel()
	id := uuid.New()
	for _, arg := range []any{nil, "s", 1, int8(1), uint64(1), 1.5, float32(1), true, time.Now(), []byte{0, 255}, []byte(`{"a":1}`),
		json.RawMessage(`{"a":1}`), id, &id, (*uuid.UUID)(nil), []string{"a"}, []int{1}, []uuid.UUID{id}} {
		_, ok := encodeUntyped([]any{arg})
		require.True(t, ok, "%T %v costs a round trip", arg, arg)
	}
	// Only the type of the parameter tells what these are.
	for _, arg := range []any{json.RawMessage(`"\n"`), []byte(`"\\"`), []string{}, time.Second, map[string]int{}, struct{}{}, []any{1}, make(chan int)} {
		_, ok := encodeUntyped([]any{arg})
		require.False(t, ok, "%T %v", arg, arg)
	}
	p, ok := encodeUntyped([]any{[]string{`a"b\c`, "d,e"}, time.Date(-1, 1, 2, 3, 4, 5, 6789, time.UTC), 1e21})
	require.True(t, ok)
	require.Equal(t, `{"a\"b\\c","d,e"}`, string(p.values[0]))
	require.Equal(t, "0002-01-02 03:04:05.000006Z BC", string(p.values[1]))
	require.Equal(t, "1e+21", string(p.values[2]))
	require.True(t, p.guessed)
}
