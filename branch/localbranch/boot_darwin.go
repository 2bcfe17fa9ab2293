package localbranch

import "golang.org/x/sys/unix"

// bootID names this run of the system.
func bootID() string {
	id, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return ""
	}
	return id
}
