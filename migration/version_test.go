package migration

import (
	"sort"
	"strings"
	"testing"
	"time"

	"ariga.io/atlas/sql/migrate"
	"github.com/stretchr/testify/require"
)

func TestNextVersion(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.FixedZone("east", 3600))
	for last, want := range map[string]string{
		"":                        "20260504020201",
		"20260101000000_a.sql":    "20260504020201",
		"20260504020201_a.sql":    "20260504020202", // twice in a second
		"20291231235959_a.sql":    "20300101000000", // the clock is behind
		"20260504020201.sql":      "20260504020202",
		"1_a.sql":                 "20260504020201",
		"2_a.sql":                 "3", // "2026" sorts before "2_"
		"0007_a.sql":              "20260504020201",
		"2199_a.sql":              "2200",
		"99990000000000_a.sql":    "99990000000001", // not a time
		"v1_a.sql":                "v2",
		"v9_a.sql":                "",
		"zeta.sql":                "",
		"9_a.sql":                 "",
		"99991231235959_last.sql": "",
	} {
		var files []migrate.File
		if last != "" {
			files = append(files, migrate.NewLocalFile("00_first.sql", nil), migrate.NewLocalFile(last, nil))
		}
		v, err := nextVersion(files, now)
		if want == "" {
			require.ErrorContains(t, err, "no version comes after", last)
			continue
		}
		require.NoError(t, err, last)
		require.Equal(t, want, v, last)
	}
}

func FuzzNextVersion(f *testing.F) {
	for _, s := range []string{"20260504020201_a.sql", "9", "v1_x.sql 2_y.sql", "_", "99991231235959", "\xff", "a9z.sql"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, names string) {
		var files []migrate.File
		for _, n := range strings.Fields(names) {
			files = append(files, migrate.NewLocalFile(n, nil))
		}
		v, err := nextVersion(files, time.Unix(1777860000, 0))
		if err != nil {
			return
		}
		next := migrate.NewLocalFile(v+"_x.sql", nil)
		all := append(files, next)
		sort.SliceStable(all, func(i, j int) bool { return all[i].Name() < all[j].Name() })
		if all[len(all)-1] != next {
			t.Fatalf("%q doesn't sort after %q", v, names)
		}
		for _, f := range files {
			if f.Version() >= next.Version() {
				t.Fatalf("version %q is not after %q", v, f.Version())
			}
		}
	})
}
