package migration

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestCheckDirect(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"postgres://u@ep-a-1.eu.neon.tech/db":                     "",
		"postgres://u@localhost/db":                               "",
		"postgres://u@my-pooler-1.example.com/db":                 "",
		"postgres://u@ep-a-1-pooler.eu.neon.tech/db":              "ep-a-1.eu.neon.tech",
		"postgres://u@ep-a-1-pooler.localhost:5432/db":            "ep-a-1.localhost",
		"host=ep-a-1-pooler user=u dbname=db":                     "ep-a-1",
		"postgres://u@ep-a-1.x.tech,ep-a-2-pooler.x.tech/db":      "ep-a-2.x.tech",
		"host=/var/run/postgresql user=u dbname=the-pooler.thing": "",
	} {
		cfg, err := parseURL(url)
		require.NoError(t, err, url)
		err = checkDirect(cfg)
		if want == "" {
			require.NoError(t, err, url)
			continue
		}
		require.ErrorIs(t, err, ErrPooledURL, url)
		var h *hintError
		require.ErrorAs(t, err, &h)
		require.True(t, strings.HasSuffix(h.Hint(), " "+want), h.Hint())
	}
}

func FuzzWithDatabase(f *testing.F) {
	for _, s := range []string{"postgres://u:p@h:1/db?sslmode=disable", "postgres:///db?host=/tmp", "host=h dbname=x", "postgresql://h?dbname=a&dbname=b",
		"postgres://u:s3cr3t@h:port/x", "dbname='a b' password=s3cr3t", "postgres://u:s3cr3t%zz@h/x", "postgres://h/x#y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, conn string) {
		out, err := withDatabase(conn, "wanted")
		if err != nil {
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Fatalf("the password is in %q", err)
			}
			return
		}
		cfg, err := pgx.ParseConfig(out)
		if err != nil {
			t.Fatalf("%q became %q: %v", conn, out, err)
		}
		if cfg.Database != "wanted" {
			t.Fatalf("%q became %q: database %q", conn, out, cfg.Database)
		}
	})
}
