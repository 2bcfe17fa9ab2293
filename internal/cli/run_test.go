package cli_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/internal/cli"
)

func run(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, errOut bytes.Buffer
	code = cli.Run(ctx, args, strings.NewReader(""), &out, &errOut)
	return code, out.String(), errOut.String()
}

func TestRunCodes(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	for _, c := range []struct {
		args []string
		code int
	}{
		{[]string{"version"}, 0},
		{[]string{"branch"}, 0},
		{[]string{"branch", "list", "--project", empty}, 1},
		{[]string{"branch", "list", "--project", empty + "/none"}, 1},
		{[]string{"nonsense"}, 2},
		{[]string{"up", "--port", "70000"}, 2},
	} {
		code, _, stderr := run(t.Context(), c.args...)
		require.Equal(t, c.code, code, "%v: %s", c.args, stderr)
		if c.code != 0 {
			require.Regexp(t, `^espalier: error: .+\nespalier: hint: .+\n$`, stderr, c.args)
		}
	}
}

func TestRunInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, stdout, stderr := run(ctx, "doctor", "--project", t.TempDir())
	require.Equal(t, 130, code)
	require.Empty(t, stdout)
	require.Equal(t, "espalier: interrupted\n", stderr)
}

// fullDisk fails every write.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestRunFailsWhenItCannotPrint(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	require.Equal(t, 1, cli.Run(t.Context(), []string{"version"}, strings.NewReader(""), fullDisk{}, &stderr))
	require.Contains(t, stderr.String(), "no space left on device")
}

func TestEveryCommandHasHelp(t *testing.T) {
	t.Parallel()
	for _, verb := range strings.Split(`up,down,status,url,doctor,version,completion,branch,branch create,branch list,branch get,
branch reset,branch restore,branch rename,branch expire,branch protect,branch delete,branch prune,migrate,migrate diff,
migrate new,migrate apply,migrate status,migrate hash,migrate validate`, ",") {
		code, stdout, _ := run(t.Context(), append(strings.Fields(verb), "--help")...)
		require.Zero(t, code, verb)
		require.Contains(t, stdout, "\nExamples:\n", verb)
		require.Contains(t, stdout, "espalier "+strings.Join(strings.Fields(verb), " "), verb)
		for line := range strings.Lines(stdout) {
			require.LessOrEqual(t, len(line), 140, "%s: %s", verb, line)
		}
	}
}
