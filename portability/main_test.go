package portability_test

import (
	"os"
	"runtime"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	// The kernel ends the server with the thread that started it.
	runtime.LockOSThread()
	server.Do(func() { server.mariaDB, server.err = startMariaDB() })
	if server.mariaDB != nil {
		defer server.stop()
	}
	return m.Run()
}
