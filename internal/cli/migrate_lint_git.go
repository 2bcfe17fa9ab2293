package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// changedSince lists the migration files of a folder that a git reference
// doesn't have, or has with another content.
func changedSince(ctx context.Context, dir, ref string) ([]string, error) {
	if strings.HasPrefix(ref, "-") {
		return nil, usagef("--git-base is %q, which is no reference", ref)
	}
	changed, err := git(ctx, dir, "diff", "--name-only", "--relative", "--diff-filter=d", "-z", ref, "--", ".")
	if err != nil {
		return nil, err
	}
	untracked, err := git(ctx, dir, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
	if err != nil {
		return nil, err
	}
	files := []string{}
	for name := range strings.SplitSeq(changed+untracked, "\x00") {
		if filepath.Ext(name) == ".sql" && !strings.Contains(name, "/") && !strings.HasPrefix(name, ".") {
			files = append(files, name)
		}
	}
	return files, nil
}

// git runs git in a folder and returns what it prints.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return "", withHint(errors.New("git is not installed"), "name the files with --latest instead")
		}
		return "", withHint(fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String())),
			"does the reference exist here? On CI fetch it first: git fetch origin main")
	}
	return stdout.String(), nil
}
