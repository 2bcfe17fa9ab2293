package pglocal

import (
	"log/slog"
	"time"
)

// Config says how Start runs a server. Its zero value works. What a server
// that already runs was started with stays as it is.
type Config struct {
	// Install are the binaries. Defaults to Find, with the major version of
	// the data directory when there is one.
	Install *Install
	// Port is the loopback TCP port. Defaults to the one the directory
	// remembers, else to a free one from 20000 to 31999, remembered from then on.
	Port int
	// Ephemeral is for throw-away data: fsync is off and the data is dropped
	// when the last user leaves. Defaults to durable settings.
	Ephemeral bool
	// Linger is how long the server outlives its last user. Defaults to 2 s.
	Linger time.Duration
	// Settings are further lines of postgresql.conf by name. They win over
	// the package's own, but port, listen_addresses, unix_socket_directories
	// and hba_file can't be set.
	Settings map[string]string
	// Log receives what takes long. Defaults to a logger that discards.
	Log *slog.Logger

	// dataDir is where the data lies when not in dir/data.
	dataDir string
}

// Status is what Inspect tells about the cluster of a directory.
type Status struct {
	// Exists tells whether there is a data directory.
	Exists bool `json:"exists"`
	// Running tells whether the server accepts connections or is about to.
	Running bool `json:"running"`
	// Kept tells whether it stays without users.
	Kept bool `json:"kept"`
	// PID is the server's process, KeeperPID the one that watches it; 0 when
	// there is none.
	PID       int `json:"pid,omitempty"`
	KeeperPID int `json:"keeper_pid,omitempty"`
	// Port is the one in use, or the one remembered, or 0.
	Port int `json:"port,omitempty"`
	// Version is the running server's, such as "15.18", else the data
	// directory's major, such as "15".
	Version string `json:"version,omitempty"`
	// Users is how many uses are held. Where the system doesn't list locks
	// (macOS), it is 1 for any number.
	Users int `json:"users"`
}
