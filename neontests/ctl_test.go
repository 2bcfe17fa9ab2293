package neontests

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

//go:embed driver.mjs
var driver []byte

// ctl is Neon's command-line client, pointed at a local Neon.
type ctl struct {
	dir string
	in  io.Writer
	out *bufio.Scanner
}

type ctlResult struct {
	Code int    `json:"code"`
	Out  string `json:"out"`
	Err  string `json:"err"`
}

// ctlEnv is an environment with nothing of the user's but the way to node.
func ctlEnv(home, host, key string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "NEON_API_HOST=" + host, "NEON_API_KEY=" + key, "NO_COLOR=1", "CI=1"}
}

func startCtl(t *testing.T, host, key string) *ctl {
	t.Helper()
	home := t.TempDir()
	script := filepath.Join(home, "driver.mjs")
	require.NoError(t, os.WriteFile(script, driver, 0o600))
	cmd := exec.CommandContext(t.Context(), "node", script, filepath.Join(modules(t), "neon", "dist", "index.js"))
	cmd.Dir, cmd.Env, cmd.Stderr = home, ctlEnv(home, host, key), os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	c := &ctl{dir: filepath.Join(home, "work"), in: in, out: bufio.NewScanner(out)}
	c.out.Buffer(nil, 16<<20)
	require.NoError(t, os.Mkdir(c.dir, 0o700))
	return c
}

// try runs a command, whatever comes of it.
func (c *ctl) try(t *testing.T, args ...string) ctlResult {
	t.Helper()
	line, err := json.Marshal(map[string]any{"args": args, "dir": c.dir})
	require.NoError(t, err)
	_, err = c.in.Write(append(line, '\n'))
	require.NoError(t, err)
	require.True(t, c.out.Scan(), "the client ended during %q: %v", args, c.out.Err())
	var r ctlResult
	require.NoError(t, json.Unmarshal(c.out.Bytes(), &r), c.out.Text())
	return r
}

// run runs a command that must succeed, and returns its stdout.
func (c *ctl) run(t *testing.T, args ...string) string {
	t.Helper()
	r := c.try(t, args...)
	require.Zero(t, r.Code, "%q: %s%s", args, r.Out, r.Err)
	return r.Out
}

// json runs a command with -o json and decodes what it prints.
func (c *ctl) json(t *testing.T, into any, args ...string) {
	t.Helper()
	out := c.run(t, append(args, "-o", "json")...)
	require.NoError(t, json.Unmarshal([]byte(out), into), "%q: %s", args, out)
}
