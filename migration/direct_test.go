package migration_test

import (
	"testing"

	"github.com/espalier-go/espalier/migration"
	"github.com/stretchr/testify/require"
)

func TestDirectURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"postgres://u:p@ep-a-1-pooler.eu.neon.tech/db?sslmode=require":        "postgres://u:p@ep-a-1.eu.neon.tech/db?sslmode=require",
		"host=ep-a-1-pooler.eu.neon.tech user=u password=p dbname=db":         "host=ep-a-1.eu.neon.tech user=u password=p dbname=db",
		"postgres://u:p@ep-a-1.eu.neon.tech/db":                               "",
		"postgres://u:p@db-pooler.example.com/db":                             "",
		"postgres://u:p@ep-a-pooler.x.tech,ep-b-pooler.x.tech/db":             "",
		"postgres://u:ep-a-1-pooler.eu.neon.tech@ep-a-1-pooler.eu.neon.tech/": "",
		"nonsense:": "",
	} {
		got, switched := migration.DirectURL(url)
		if want == "" {
			require.False(t, switched, url)
			require.Equal(t, url, got)
			continue
		}
		require.True(t, switched, url)
		require.Equal(t, want, got)
	}
}
