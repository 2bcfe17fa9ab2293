package cli

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/branch"
)

func TestHintOf(t *testing.T) {
	t.Parallel()
	hinted := withHint(errors.New("x"), "do y")
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New("x"), ""},
		{hinted, "do y"},
		{fmt.Errorf("a: %w", hinted), "do y"},
		{errors.Join(errors.New("z"), fmt.Errorf("a: %w", hinted)), "do y"},
		{&branch.Error{Op: "get", Branch: "b", Err: hinted}, "do y"}, // the outer one has none
		{fmt.Errorf("%w and %w", errors.New("z"), hinted), "do y"},
		{fmt.Errorf("a: %w", &pgconn.PgError{Code: "53100"}), hintsOfCode["53100"]},
		{&pgconn.PgError{Code: "22000", Hint: "of Postgres"}, "of Postgres"},
		{fmt.Errorf("dial: %w", syscall.ENOSPC), "the disk is full: free some space and run the command again"},
	} {
		require.Equal(t, c.want, hintOf(c.err), "%v", c.err)
	}
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	require.Equal(t, "failed to connect: a: refused; b: refused", oneLine("failed to connect:\n\ta: refused\n\ta: refused\n\tb: refused"))
	require.Equal(t, "x", oneLine("x\n"))
}
