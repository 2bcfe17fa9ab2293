//go:build !linux

package pglocal

import (
	"errors"
	"syscall"
)

var errNoNamespaces = errors.New("this system has no user namespaces")

func (id Identity) attr() *syscall.SysProcAttr {
	switch id.Mode {
	case RunUser:
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(id.UID), Gid: uint32(id.GID)}}
	case RunNamespace:
		// An impossible root folder makes the start fail: it must not run with this user's rights.
		return &syscall.SysProcAttr{Chroot: "/nonexistent/" + errNoNamespaces.Error()}
	}
	return &syscall.SysProcAttr{}
}

// dieWithParent does nothing here: the next Start stops an orphan.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}
