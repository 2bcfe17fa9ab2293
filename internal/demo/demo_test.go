package main

import (
	"bufio"
	"bytes"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const runEnv = "ESPALIER_DEMO_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(runEnv) == "1" {
		main()
	}
	if err := os.Chdir("../.."); err != nil {
		log.Fatal(err)
	}
	os.Exit(m.Run())
}

func TestDemo(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	code := run(t.Context(), &out, &errs)
	require.Zero(t, code, "%s\n%s", out.String(), errs.String())
	require.Empty(t, errs.String())
	for _, line := range []string{
		"$ espalier up --foreground &",
		"$ espalier migrate apply --branch main",
		"$ seed --branch main --scale 2000",
		"gave five stars to something of",
		"users: 2000 before, 2001 inside the transaction, 2000 after the rollback",
		"main: user_account has id, name, fullname, nickname\n",
		"loyalty: user_account has id, name, fullname, nickname, loyalty_points\n",
		"Deleted branch loyalty.",
		"Nothing is left running.",
	} {
		require.Contains(t, out.String(), line)
	}
	require.NotRegexp(t, `npg_\w+`, out.String(), "a password")
	dir := projectIn(t, out.String())
	require.NoDirExists(t, dir)
	require.Empty(t, serversOf(dir))
}

func TestDemoKilled(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"$ espalier migrate apply --branch main", "$ espalier migrate diff"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), runEnv+"=1")
			cmd.Stderr = os.Stderr
			stdout, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			out := readUntil(t, stdout, at)
			require.NoError(t, cmd.Process.Kill())
			_ = cmd.Wait()
			dir := projectIn(t, out)
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			require.Eventually(t, func() bool { return len(serversOf(dir)) == 0 },
				time.Minute, 50*time.Millisecond, "a Postgres outlives the demo")
		})
	}
}

func TestDemoInterrupted(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), runEnv+"=1")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	out := readUntil(t, stdout, "$ seed")
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	_ = cmd.Wait()
	require.Equal(t, 130, cmd.ProcessState.ExitCode())
	dir := projectIn(t, out)
	require.NoDirExists(t, dir)
	require.Empty(t, serversOf(dir))
}

func readUntil(t *testing.T, r io.Reader, text string) string {
	t.Helper()
	var out strings.Builder
	for lines := bufio.NewScanner(r); lines.Scan(); {
		out.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), text) {
			return out.String()
		}
	}
	require.FailNow(t, "the demo ended early", "before %q:\n%s", text, out.String())
	return ""
}

func projectIn(t *testing.T, out string) string {
	t.Helper()
	m := regexp.MustCompile(`The project is in (\S+)\.\n`).FindStringSubmatch(out)
	require.NotNil(t, m, out)
	return m[1]
}

// serversOf finds what runs in dir, by the command lines.
func serversOf(dir string) []string {
	out, _ := exec.Command("ps", "-eww", "-o", "command=").Output()
	var found []string
	for _, line := range strings.Split(string(out), "\n") {
		if strings.Contains(line, dir+string(filepath.Separator)) {
			found = append(found, line)
		}
	}
	return found
}
