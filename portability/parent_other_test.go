//go:build !linux

package portability_test

import "syscall"

func diesWithParent() *syscall.SysProcAttr { return nil }
