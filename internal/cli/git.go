package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// git runs git in the project's folder and returns the lines it prints.
func (a *app) git(ctx context.Context, args ...string) ([]string, error) {
	dir, err := a.projectDir()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, withHint(errors.New("there is no git"), "name the branch")
		}
		return nil, withHint(fmt.Errorf("git %s: %s", args[0], oneLine(errs.String())), "name the branch, or run this in a git repository")
	}
	return strings.Fields(out.String()), nil
}

// gitBranch is the branch that is checked out.
func (a *app) gitBranch(ctx context.Context) (string, error) {
	lines, err := a.git(ctx, "symbolic-ref", "--short", "HEAD")
	if err != nil || len(lines) != 1 {
		return "", withHint(errors.New("no branch of git is checked out here"), "name the branch: espalier branch checkout NAME")
	}
	return lines[0], nil
}
