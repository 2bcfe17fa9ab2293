package branch_test

import (
	"testing"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/stretchr/testify/require"
)

func TestParsePoint(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 123000, time.UTC)
	for s, want := range map[string]branch.Point{
		"head":                             {},
		"0/16B3748":                        {LSN: "0/16B3748"},
		"2026-03-01T12:00:00.000123Z":      {Time: at},
		"2026-03-01T14:00:00.000123+02:00": {Time: at},
	} {
		got, err := branch.ParsePoint(s)
		require.NoError(t, err, s)
		require.True(t, want.Time.Equal(got.Time), s)
		require.Equal(t, want.LSN, got.LSN)
		require.NoError(t, got.Check())
	}
	for _, s := range []string{"", "yesterday", "0/", "/1", "0/16B3748 ", "0/123456789", "0x0/1", "-1/2", "+1/2", "2026-03-01", "1/2/3"} {
		_, err := branch.ParsePoint(s)
		require.ErrorIs(t, err, branch.ErrInvalidPoint, s)
	}
}

func TestPointCheck(t *testing.T) {
	t.Parallel()
	require.NoError(t, branch.Point{}.Check())
	require.True(t, branch.Point{}.IsHead())
	require.ErrorIs(t, branch.Point{Time: time.Now(), LSN: "0/1"}.Check(), branch.ErrInvalidPoint)
	require.ErrorIs(t, branch.Point{LSN: "x"}.Check(), branch.ErrInvalidPoint)
	require.Equal(t, "head", branch.Point{}.String())
}

func FuzzParsePoint(f *testing.F) {
	for _, s := range []string{"head", "0/16B3748", "FFFFFFFF/FFFFFFFF", "2026-03-01T12:00:00Z", "0/0", "//", "1_0/2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := branch.ParsePoint(s)
		if err != nil {
			require.ErrorIs(t, err, branch.ErrInvalidPoint)
			require.True(t, p.IsHead(), "a bad point is empty")
			return
		}
		require.NoError(t, p.Check())
		again, err := branch.ParsePoint(p.String())
		require.NoError(t, err)
		require.True(t, p.Time.Equal(again.Time))
		require.Equal(t, p.LSN, again.LSN)
		if p.LSN != "" {
			n, err := branch.ParseLSN(p.LSN)
			require.NoError(t, err)
			m, err := branch.ParseLSN(branch.FormatLSN(n))
			require.NoError(t, err)
			require.Equal(t, n, m)
		}
	})
}
