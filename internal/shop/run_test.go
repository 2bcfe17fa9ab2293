package shop_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/shop"
	"github.com/espalier-go/espalier/migrate"
	"github.com/espalier-go/espalier/migration"
	"github.com/espalier-go/espalier/neontest"
)

func run(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, errOut bytes.Buffer
	code = shop.Run(ctx, args, strings.NewReader(""), &out, &errOut)
	return code, out.String(), errOut.String()
}

func TestRunInterrupted(t *testing.T) {
	t.Parallel()
	db := neontest.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, stdout, stderr := run(ctx, "--url", db.URL)
	require.Equal(t, 130, code)
	require.Empty(t, stdout)
	require.Equal(t, "seed: error: interrupted: 0 of 10914 rows are in\nseed: hint: run the same again: it goes on where it stopped\n", stderr)
}

// A branch that sleeps is woken for the command, and sleeps again after it.
func TestRunBranch(t *testing.T) {
	t.Setenv("DATABASE_URL", "")
	dir := t.TempDir()
	p, err := localbranch.Open(t.Context(), dir, localbranch.Config{})
	require.NoError(t, err)
	defer p.Close()
	_, err = p.Init(t.Context())
	require.NoError(t, err)
	endpoint, err := p.Endpoint(t.Context(), "main")
	require.NoError(t, err)
	_, err = migration.Apply(t.Context(), endpoint.URL, migrate.FS, nil)
	require.NoError(t, err)
	_, err = p.Create(t.Context(), "try-it", branch.CreateOptions{})
	require.NoError(t, err)

	code, stdout, stderr := run(t.Context(), "--project", dir, "--branch", "try-it", "--scale", "10")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "Sent 268 rows")
	code, stdout, stderr = run(t.Context(), "--project", dir, "--scale", "5") // the default branch
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "Sent 218 rows")
	code, stdout, _ = run(t.Context(), "--project", dir, "--branch", "try-it", "--scale", "10")
	require.Zero(t, code)
	require.Contains(t, stdout, "Nothing to do")

	code, _, stderr = run(t.Context(), "--project", dir, "--branch", "try")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "branch not found")
	require.Contains(t, stderr, "seed: hint: did you mean try-it?")

	code, stdout, _ = run(t.Context(), "__complete", "--project", dir, "--branch", "")
	require.Zero(t, code)
	require.Contains(t, stdout, "main\ntry-it\n")
}
