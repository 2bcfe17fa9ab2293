package espalier_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestReadmePath runs the README's path from a new field to a migrated branch,
// line by line, on a copy of this tree.
func TestReadmePath(t *testing.T) {
	t.Parallel()
	lines := shellBlock(t, "## From a new field to a migrated branch")
	require.Greater(t, len(lines), 8)
	dir, bin := copyTree(t), t.TempDir()
	env := append(os.Environ(), "GOBIN="+bin, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
		"DATABASE_URL=", "ESPALIER_PROJECT=", "NO_COLOR=1")
	run := func(line string) string {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "$ %s\n%s", line, out)
		return string(out)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, filepath.Join(bin, "espalier"), "down")
		cmd.Dir, cmd.Env = dir, env
		_ = cmd.Run()
	})
	before, err := filepath.Glob(filepath.Join(dir, "migrate", "*.sql"))
	require.NoError(t, err)
	seen := map[string]string{}
	for _, line := range lines {
		seen[line] = run(line)
		if strings.HasPrefix(line, "espalier migrate apply --branch") {
			require.Contains(t, run("espalier migrate status"), "1 migration pending", "main was touched")
			// The pinned Atlas CLI can't connect to newer ones; package migration tests it there all the same.
			if regexp.MustCompile(`"postgres_version": *"15\.`).MatchString(run("espalier status --json")) {
				require.Contains(t, run(`DATABASE_URL="$(espalier url loyalty)" CGO_ENABLED=0 go tool -modfile=tools/go.mod atlas migrate status --env local`),
					"Migration Status: OK")
			}
		}
	}
	require.Contains(t, seen["espalier migrate status --branch loyalty"], "up to date")
	after, err := filepath.Glob(filepath.Join(dir, "migrate", "*.sql"))
	require.NoError(t, err)
	require.Len(t, after, len(before)+1)
	text, err := os.ReadFile(after[len(after)-1])
	require.NoError(t, err)
	require.Equal(t, `-- Modify "user_account" table
ALTER TABLE "user_account" ADD COLUMN "loyalty_points" bigint NOT NULL DEFAULT 0;
-- Set comment to column: "loyalty_points" on table: "user_account"
COMMENT ON COLUMN "user_account"."loyalty_points" IS 'Points earned';
`, string(text))
}

// shellBlock returns the commands of the first sh block after a heading.
func shellBlock(t *testing.T, heading string) []string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(text), heading+"\n")
	require.True(t, ok, heading)
	_, rest, ok = strings.Cut(rest, "```sh\n")
	require.True(t, ok)
	block, _, ok := strings.Cut(rest, "```")
	require.True(t, ok)
	comment := regexp.MustCompile(`\s+# .*$`)
	var lines []string
	for line := range strings.Lines(block) {
		if line = strings.TrimSpace(comment.ReplaceAllString(strings.TrimSuffix(line, "\n"), "")); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// copyTree copies the files that git knows or would add.
func copyTree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o711))
	require.NoError(t, os.Chmod(dir, 0o711))
	out, err := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	require.NoError(t, err)
	for _, name := range strings.Split(strings.Trim(string(out), "\x00"), "\x00") {
		info, err := os.Stat(name)
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		to := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
		require.NoError(t, copyFile(name, to, info.Mode().Perm()))
	}
	return dir
}

func copyFile(from, to string, mode os.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
