package pgbouncer

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseVersion(t *testing.T) {
	t.Parallel()
	for out, want := range map[string]Install{
		"PgBouncer 1.18.0\nlibevent 2.1.12-stable\n": {"/x", 1, 18},
		"PgBouncer 1.25\n":                           {"/x", 1, 25},
		"PgBouncer 2.0.1beta\n":                      {"/x", 2, 0},
	} {
		got, err := parseVersion("/x", out)
		require.NoError(t, err, out)
		require.Equal(t, want, got)
	}
	for _, out := range []string{"", "pgbouncer", "PgBouncer x.y", "PgBouncer 1"} {
		_, err := parseVersion("/x", out)
		require.ErrorContains(t, err, "/x", out)
	}
	require.False(t, Install{Major: 1, Minor: 20}.prepares())
	require.True(t, Install{Major: 1, Minor: 21}.prepares())
	require.True(t, Install{Major: 2, Minor: 0}.prepares())
}

func TestParseTarget(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]target{
		"postgres://u:p%27w@h.example:6000/db?sslmode=require":         {"h.example", "u", "p'w", "require", 6000},
		"postgres://cloud_admin@/db?host=%2Frun%2Fpg&port=20001":       {"/run/pg", "cloud_admin", "", "disable", 20001},
		"postgresql://u@h.example/db":                                  {"h.example", "u", "", "prefer", 5432},
		"postgres://u@h.example/db?host=%2Frun&port=7&sslmode=disable": {"/run", "u", "", "disable", 7},
	} {
		got, err := parseTarget(url)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, url := range []string{"host=/run", "postgres://u:secret@h:99999999/%zz", "mysql://u:secret@h/db"} {
		_, err := parseTarget(url)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestIni(t *testing.T) {
	t.Parallel()
	text, err := ini(Config{}.withDefaults(), false, target{"h", "u", "it's", "require", 7}, 6432, "/d/userlist.txt")
	require.NoError(t, err)
	require.Contains(t, text, "* = host='h' port='7' user='u' password='it''s'\n")
	require.Contains(t, text, "default_pool_size = 20\n")
	require.NotContains(t, text, "max_prepared_statements", "an unknown setting before 1.21")
	text, err = ini(Config{Prepared: 100}, true, target{host: "/run"}, 6432, "")
	require.NoError(t, err)
	require.Contains(t, text, "* = host='/run' port='0'\n")
	require.Contains(t, text, "max_prepared_statements = 100\n")
	_, err = ini(Config{}, false, target{password: "secret\nadmin_users = x"}, 0, "")
	require.ErrorContains(t, err, "the server's password has a line break")
	require.NotContains(t, err.Error(), "secret")
}
