package lint_test

import (
	"encoding/json"
	"testing"

	"github.com/espalier-go/espalier/migration/lint"
	"github.com/stretchr/testify/require"
)

func TestLockMode(t *testing.T) {
	t.Parallel()
	require.Equal(t, lint.AccessExclusive, lint.ParseLockMode("AccessExclusiveLock"))
	require.Zero(t, lint.ParseLockMode("SIReadLock"))
	require.Equal(t, "reads and writes", lint.AccessExclusive.Blocks())
	require.Equal(t, "writes", lint.Share.Blocks())
	require.False(t, lint.ShareUpdateExclusive.Strong())
	want := lint.Lock{Mode: lint.ShareRowExclusive, Table: "public.book"}
	require.Equal(t, "SHARE ROW EXCLUSIVE on public.book", want.String())
	text, err := json.Marshal(want)
	require.NoError(t, err)
	require.JSONEq(t, `{"mode": "SHARE ROW EXCLUSIVE", "table": "public.book"}`, string(text))
	var got lint.Lock
	require.NoError(t, json.Unmarshal(text, &got))
	require.Equal(t, want, got)
	require.Error(t, got.Mode.UnmarshalText([]byte("SOMETHING")))
}

func TestSeverity(t *testing.T) {
	t.Parallel()
	for s := lint.Off; s <= lint.Error; s++ {
		got, err := lint.ParseSeverity(s.String())
		require.NoError(t, err)
		require.Equal(t, s, got)
	}
	_, err := lint.ParseSeverity("fatal")
	require.ErrorContains(t, err, `"fatal"`)
}
