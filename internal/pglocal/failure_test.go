package pglocal

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStartFailure has what Postgres really wrote in each case.
func TestStartFailure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ log, message, hint string }{
		{`LOG:  could not bind IPv4 address "127.0.0.1": Address already in use
HINT:  Is another postmaster already running on port 20001? If not, wait a few seconds and retry.
FATAL:  could not create any TCP/IP sockets`, "port 20001 on 127.0.0.1 is taken", "stop the program that listens on port 20001"},
		{`FATAL:  database files are incompatible with server
DETAIL:  The data directory was initialized by PostgreSQL version 15, which is not compatible with this version 18.4.`,
			"the data in /d is of Postgres 15, the binaries are of 18", "ESPALIER_PG_MAJOR=15"},
		{`FATAL:  could not write lock file "postmaster.pid": No space left on device`, "No space left", "the disk is full"},
		{`initdb: error: could not create directory "/x/data": Permission denied`, "Permission denied", "check who owns"},
		{`FATAL:  could not resize shared memory segment "/PostgreSQL.1" to 8388608 bytes: No space left`, "could not resize", "--shm-size"},
		{`postgres: error while loading shared libraries: libssl.so.1.1: cannot open shared object file`, "libssl", "install its own package"},
		{`FATAL:  database files are incompatible with server
DETAIL:  The database cluster was initialized with PG_CONTROL_VERSION 1300`, "PG_CONTROL_VERSION", "the version of Postgres"},
		{``, "it ended", ""},
	} {
		err := startFailure("it ended", logTail(c.log), 20001, "/d")
		require.ErrorContains(t, err, c.message)
		requireHint(t, err, c.hint)
	}
}

func TestDiskHint(t *testing.T) {
	t.Parallel()
	requireHint(t, diskHint(fmt.Errorf("copy: %w", &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC})), "disk is full")
	requireHint(t, diskHint(os.ErrPermission), "check who owns")
	require.Equal(t, os.ErrClosed, diskHint(os.ErrClosed))
	require.NoError(t, diskHint(nil))
}

func TestLogTail(t *testing.T) {
	t.Parallel()
	require.Empty(t, logTail("\n \n"))
	long := logTail(strings.Repeat("x\n", 100) + strings.Repeat("y", 1000))
	require.Len(t, long, 12)
	require.Len(t, long[11], 300)
}

func FuzzPostmaster(f *testing.F) {
	f.Add("123\n/data\n1700000000\n20001\n/run\n127.0.0.1\n  1234  5\nready   \n")
	f.Add("-5\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, content string) {
		pid, status := parsePostmaster(content)
		// kill(2) means more than one process by 0, 1 and less.
		require.True(t, pid == 0 && status == "" || pid > 1)
	})
}

// FuzzSettings: a value can't become a second line of the file.
func FuzzSettings(f *testing.F) {
	f.Add("work_mem", "1MB")
	f.Add("a.b", "it's \\' x")
	f.Add("port", "1")
	f.Add("x = 1\nfsync", "off")
	f.Fuzz(func(t *testing.T, name, value string) {
		config, err := renderConfig("/d", map[string]string{name: value})
		if err != nil {
			return
		}
		lines := strings.Split(strings.TrimRight(config, "\n"), "\n")
		require.Len(t, lines, 3)
		require.True(t, strings.HasPrefix(lines[2], strings.ToLower(name)+" = '"))
		inner := strings.TrimSuffix(strings.TrimPrefix(lines[2], strings.ToLower(name)+" = '"), "'")
		for i := 0; i < len(inner); i++ {
			if inner[i] == '\\' || inner[i] == '\'' {
				require.Less(t, i+1, len(inner))
				require.Equal(t, inner[i], inner[i+1], "escaped by doubling")
				i++
			}
		}
	})
}
