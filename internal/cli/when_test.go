package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/branch"
)

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func TestParsePoint(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]branch.Point{
		"0/1a2b3c4":                 {LSN: "0/1A2B3C4"},
		"10m":                       {Time: noon.Add(-10 * time.Minute)},
		"-10m":                      {Time: noon.Add(-10 * time.Minute)},
		"2h ago":                    {Time: noon.Add(-2 * time.Hour)},
		"1d":                        {Time: noon.Add(-24 * time.Hour)},
		"2026-01-30T10:00:00Z":      {Time: time.Date(2026, 1, 30, 10, 0, 0, 0, time.UTC)},
		"2026-01-30T10:00:00.5Z":    {Time: time.Date(2026, 1, 30, 10, 0, 0, 5e8, time.UTC)},
		"2026-01-30 10:00:00+02:00": {Time: time.Date(2026, 1, 30, 8, 0, 0, 0, time.UTC)},
		"2026-01-30 10:00":          {Time: time.Date(2026, 1, 30, 10, 0, 0, 0, time.Local)},
		"2026-01-30":                {Time: time.Date(2026, 1, 30, 0, 0, 0, 0, time.Local)},
	} {
		got, err := parsePoint(in, noon)
		require.NoError(t, err, in)
		require.Equal(t, want.LSN, got.LSN, in)
		require.True(t, want.Time.Equal(got.Time), "%s: %s", in, got.Time)
	}
	for _, in := range []string{"", "yesterday", "0/", "0/123456789", "d", "-", "2026-13-01", "--5m"} {
		_, err := parsePoint(in, noon)
		require.ErrorAs(t, err, new(*usageError), in)
	}
}

func TestParseExpiry(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Time{
		"7d":                   noon.Add(7 * 24 * time.Hour),
		"2w":                   noon.Add(14 * 24 * time.Hour),
		"90m":                  noon.Add(90 * time.Minute),
		"1h30m":                noon.Add(90 * time.Minute),
		"never":                {},
		"2026-02-01T00:00:00Z": time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
	} {
		got, err := parseExpiry(in, noon)
		require.NoError(t, err, in)
		require.True(t, want.Equal(got), "%s: %s", in, got)
	}
	for _, in := range []string{"", "0s", "0d", "-1h", "7", "99999w", "2020-01-01", "soon"} {
		_, err := parseExpiry(in, noon)
		require.ErrorAs(t, err, new(*usageError), in)
	}
}

func FuzzParsePoint(f *testing.F) {
	for _, s := range []string{"0/1A2B", "10m", "2h ago", "2026-01-31T15:04:05Z", "1d", "-5w"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePoint(s, noon)
		if err != nil {
			require.ErrorAs(t, err, new(*usageError))
			return
		}
		require.False(t, p.IsHead(), "no --at means the head, %q must not", s)
		require.True(t, p.LSN == "" || p.Time.IsZero(), "%q is two points", s)
	})
}

func FuzzParseExpiry(f *testing.F) {
	for _, s := range []string{"7d", "2w", "never", "1h30m", "2026-02-01", "1ns"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, err := parseExpiry(s, noon)
		if err != nil {
			require.ErrorAs(t, err, new(*usageError))
			return
		}
		// What is accepted can be stored and read back.
		text, err := at.MarshalText()
		require.NoError(t, err, "%q", s)
		var back time.Time
		require.NoError(t, back.UnmarshalText(text))
		require.True(t, at.Equal(back))
	})
}
