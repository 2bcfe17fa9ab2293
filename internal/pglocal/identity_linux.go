package pglocal

import (
	"os"
	"syscall"
)

func (id Identity) attr() *syscall.SysProcAttr {
	switch id.Mode {
	case RunUser:
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(id.UID), Gid: uint32(id.GID)}}
	case RunNamespace:
		return &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: id.InnerUID, HostID: os.Geteuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: id.InnerGID, HostID: os.Getegid(), Size: 1}},
		}
	}
	return &syscall.SysProcAttr{}
}

// dieWithParent asks the kernel to send sig when the thread that starts the
// process is gone.
func dieWithParent(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }
