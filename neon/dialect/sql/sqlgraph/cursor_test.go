package sqlgraph

import (
	"encoding/json"
	"math"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func sampleCursor() Cursor {
	return Cursor{order: [8]byte{1, 2, 3}, values: []any{
		nil, true, false, int64(math.MinInt64), int64(7), math.Inf(1), 1.5, "", "ü?&/+", []byte{}, []byte{0, 255},
		time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC), time.Time{}.UTC(),
	}}
}

func TestCursorText(t *testing.T) {
	t.Parallel()
	c := sampleCursor()
	require.Regexp(t, regexp.MustCompile(`^[A-Za-z0-9_-]+$`), c.String())
	got, err := ParseCursor(c.String())
	require.NoError(t, err)
	require.Equal(t, c, got)
	require.Equal(t, c.values, got.Values())

	b, err := json.Marshal(map[string]Cursor{"next": c, "none": {}})
	require.NoError(t, err)
	var back map[string]Cursor
	require.NoError(t, json.Unmarshal(b, &back))
	require.Equal(t, map[string]Cursor{"next": c, "none": {}}, back)
	require.True(t, back["none"].IsZero())
	require.Error(t, json.Unmarshal([]byte(`{"next":"x"}`), &back))
}

func TestMalformedCursors(t *testing.T) {
	t.Parallel()
	text := sampleCursor().String()
	for i := range text {
		for _, bad := range []string{text[:i], text[:i] + "=" + text[i:], text[:i] + "A" + text[i:]} {
			if bad == "" {
				continue
			}
			_, err := ParseCursor(bad)
			var e *CursorError
			require.ErrorAs(t, err, &e, bad)
		}
	}
	_, err := ParseCursor("AgAAAAAAAAAAAAAAAAAAAA")
	require.EqualError(t, err, "neon: cursor: version 2 is not known")
}

func FuzzParseCursor(f *testing.F) {
	f.Add("")
	f.Add(sampleCursor().String())
	f.Add("AQAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCursor(text)
		if err != nil {
			require.True(t, c.IsZero())
			return
		}
		require.Equal(t, text, c.String())
	})
}

// What no checksum protects is read as carefully.
func FuzzReadValue(f *testing.F) {
	for _, v := range sampleCursor().values {
		f.Add(appendValue(nil, v))
	}
	f.Fuzz(func(t *testing.T, buf []byte) {
		if len(buf) == 0 {
			return
		}
		_, n := readValue(buf)
		require.LessOrEqual(t, n, len(buf))
	})
}
