package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// lowShm is what Postgres takes there for parallel queries.
const lowShm = 64 << 20

// linuxChecks looks at what only Linux has.
func linuxChecks(ctx context.Context) []check {
	return []check{
		freeSpace("shared memory", "/dev/shm", lowShm, "Postgres keeps shared memory there: in a container, raise --shm-size"),
		namespaceCheck(ctx),
	}
}

// namespaceCheck makes a user namespace, the way for root to run Postgres
// where other users can't reach the project's folder.
func namespaceCheck(ctx context.Context) check {
	program, err := exec.LookPath("true")
	if err != nil {
		program = "/bin/true"
	}
	cmd := exec.CommandContext(ctx, program)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getgid(), Size: 1}},
	}
	if err := cmd.Run(); err != nil {
		return check{"user namespaces", checkWarn, fmt.Sprintf("not available: %v", err),
			"only needed by root in a folder that no other user can reach"}
	}
	return check{Name: "user namespaces", Status: checkOK, Detail: "available"}
}
