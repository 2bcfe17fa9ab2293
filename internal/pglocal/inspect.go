package pglocal

import (
	"errors"
	"os"
	"strconv"
)

// Status is what Inspect tells about the cluster of a directory.
type Status struct {
	// Exists tells whether there is a data directory.
	Exists bool `json:"exists"`
	// Running tells whether the server accepts connections.
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

// Inspect tells about the cluster in dir without asking its server and
// without changing anything. A dir that doesn't exist is an empty Status.
func Inspect(dir string) (Status, error) {
	var s Status
	dir, err := resolve(dir)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	c := cluster{dir}
	st, err := c.running()
	if err != nil {
		return s, err
	}
	data := c.data()
	if st != nil {
		data = st.DataDir
		s.Running, s.PID, s.KeeperPID = true, st.PID, st.KeeperPID
		s.Port, s.Version = st.Port, st.Install.Version
		s.Kept = c.kept(st.KeeperPID)
		s.Users = holders(c.path("users.lock"))
	}
	busy, err := c.keeperAlive()
	if err != nil {
		return s, err
	}
	major, err := dataMajor(data)
	// A keeper may be dropping its data, or its starter still filling it.
	if err != nil && !busy {
		return s, err
	}
	s.Exists = major != 0
	if s.Version == "" && major != 0 {
		s.Version = strconv.Itoa(major)
	}
	if s.Port == 0 {
		s.Port, err = c.rememberedPort()
	}
	return s, err
}
