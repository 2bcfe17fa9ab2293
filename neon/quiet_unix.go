//go:build unix

package neon

import (
	"net"
	"syscall"
)

// quiet tells whether nothing has come in on an idle connection. A server that
// hangs up sends a message, an end of file or a reset first: whoever sees one of
// those pings before use. Looking costs a system call, not a round trip.
func quiet(c net.Conn) bool {
	sc, ok := netConn(c).(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	var buf [1]byte
	silent := false
	// Not raw.Read: after a slow write pgconn's background reader may still wait
	// on the socket, and holds the lock that Read wants.
	err = raw.Control(func(fd uintptr) {
		_, _, err := syscall.Recvfrom(int(fd), buf[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		silent = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK || err == syscall.EINTR
	})
	return err == nil && silent
}
