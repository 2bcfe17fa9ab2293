package migration

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a = 1": "a = 1",
		`((s)::text = ANY ((ARRAY['a'::character varying, 'b,]'::character varying])::text[]))`: `((s)::text = ANY (ARRAY[('a'::character varying)::text, ('b,]'::character varying)::text]))`,
		"(ARRAY[1, 2])":                   "(ARRAY[1, 2])",
		"(ARRAY[f(1, 2), '''('])::int[]":  "ARRAY[(f(1, 2))::int, ('''(')::int]",
		"(ARRAY['open":                    "(ARRAY['open",
		"(ARRAY[(ARRAY[a])::x[]])::y[] z": "ARRAY[(ARRAY[(a)::x])::y] z",
	} {
		require.Equal(t, want, canonical(in), in)
		require.Equal(t, want, canonical(want), "once is enough")
	}
}

func FuzzCanonical(f *testing.F) {
	f.Add("(ARRAY['a'::character varying])::text[]")
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.Contains(text, "(ARRAY[") {
			require.Equal(t, text, canonical(text))
		}
		_ = canonical(text)
	})
}
