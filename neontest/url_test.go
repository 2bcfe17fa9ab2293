package neontest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/neontest"
)

func TestDirect(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"postgres://u@ep-a-b-1-pooler.eu.aws.neon.tech/db?sslmode=require": "postgres://u@ep-a-b-1.eu.aws.neon.tech/db?sslmode=require",
		"postgres://u@ep-a-b-1.eu.aws.neon.tech/db":                        "postgres://u@ep-a-b-1.eu.aws.neon.tech/db",
		"host=x-pooler.y dbname=db":                                        "host=x-pooler.y dbname=db",
	} {
		require.Equal(t, want, neontest.Direct(in))
	}
}
