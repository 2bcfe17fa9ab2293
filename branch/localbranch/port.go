package localbranch

import (
	"net"
	"strconv"
)

// Ports of branches, below the range that systems hand out by themselves. Idle
// branches don't occupy theirs, so they are drawn from a wide range.
const firstPort, lastPort = 20000, 31999

// freePort draws a port that no branch of the project has and nobody listens
// on.
func (st *state) freePort() int {
	used := make(map[int]bool)
	for _, r := range st.Branches {
		used[r.Port] = true
	}
	port := 0
	for range 1000 {
		port = firstPort + pick(lastPort-firstPort+1)
		if !used[port] && portFree(port) {
			break
		}
	}
	return port
}

func portFree(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	l.Close()
	return true
}
