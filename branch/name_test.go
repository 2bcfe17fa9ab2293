package branch_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/espalier-go/espalier/branch"
	"github.com/stretchr/testify/require"
)

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"main", "feature/login", "été", "a b", "br-", "br-one-two", "br-One-two-3", "1", "v1.2", strings.Repeat("x", 256)} {
		require.NoError(t, branch.CheckName(name), name)
	}
	for _, name := range []string{"", " a", "a ", "a\nb", "a\x00", "-x", "--json", "br-cool-fox-12345678", "\xff", strings.Repeat("x", 257), "\u00a0a"} {
		require.ErrorIs(t, branch.CheckName(name), branch.ErrInvalidName, "%q", name)
	}
}

func TestIsID(t *testing.T) {
	t.Parallel()
	require.True(t, branch.IsID("br-cool-fox-12345678"))
	for _, s := range []string{"", "br", "br-", "br-a-b", "br-a-b-c-d", "br-a--c", "br-A-b-c", "ep-a-b-c", "br-a-b-ç"} {
		require.False(t, branch.IsID(s), s)
	}
}

func FuzzCheckName(f *testing.F) {
	for _, s := range []string{"main", "", "-", "br-a-b-c", "a\tb", "\xff\xfe", "feature/x", " x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		err := branch.CheckName(name)
		if err != nil {
			require.ErrorIs(t, err, branch.ErrInvalidName)
			require.True(t, utf8.ValidString(err.Error()), "an error can always be printed")
			require.NotContains(t, err.Error(), "\n", "an error is one line")
			return
		}
		require.NotEmpty(t, name)
		require.LessOrEqual(t, len(name), branch.MaxNameLen)
		require.False(t, branch.IsID(name), "a name never hides an id")
		require.NotEqual(t, byte('-'), name[0], "a name is never taken for a flag")
		require.Equal(t, -1, strings.IndexFunc(name, unicode.IsControl))
	})
}
