package portability_test

import "syscall"

// diesWithParent has the kernel end the server however the tests end.
func diesWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
