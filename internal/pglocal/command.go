package pglocal

import (
	"context"
	"os/exec"
)

// Command prepares a program that runs as the identity, in / and with none of
// this process's environment but PATH and TMPDIR.
func (id Identity) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return id.command(ctx, name, args...)
}
