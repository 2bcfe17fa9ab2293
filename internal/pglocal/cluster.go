package pglocal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cluster names the files of a cluster's folder:
//
//	data/            the data directory
//	run/             the unix socket, where its path is short enough
//	port             the remembered TCP port
//	kept             there while the server stays without users
//	postgresql.conf  the settings of the running server
//	keeper.json      what runs; made when the server is ready
//	users.lock       held shared by every use
//	start.lock       held while the server is started or stopped from outside
//	keeper.lock      held by the keeper as long as it lives
//	postgres.log, keeper.log
type cluster struct{ dir string }

func (c cluster) path(name string) string { return filepath.Join(c.dir, name) }
func (c cluster) data() string            { return c.path("data") }
func (c cluster) statePath() string       { return c.path("keeper.json") }

// state is what keeper.json holds.
type state struct {
	KeeperPID int       `json:"keeper_pid"`
	PID       int       `json:"pid"`
	Port      int       `json:"port"`
	SocketDir string    `json:"socket_dir"`
	DataDir   string    `json:"data_dir"`
	Install   Install   `json:"install"`
	Identity  Identity  `json:"identity"`
	Ephemeral bool      `json:"ephemeral"`
	Started   time.Time `json:"started"`
}

func (c cluster) readState() (*state, error) {
	content, err := os.ReadFile(c.statePath())
	if err != nil {
		return nil, err
	}
	var st state
	if err := json.Unmarshal(content, &st); err != nil {
		return nil, fmt.Errorf("%s: %w", c.statePath(), err)
	}
	return &st, nil
}

// running is the state of the server that a living keeper says is ready, or
// nil. The lock is asked first: a state without its keeper is stale.
func (c cluster) running() (*state, error) {
	alive, err := c.keeperAlive()
	if !alive || err != nil {
		return nil, err
	}
	st, err := c.readState()
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	// A killed process holds its locks until its last thread has ended.
	if err == nil && (ending(st.KeeperPID) || ending(st.PID)) {
		return nil, nil
	}
	return st, err
}

func (c cluster) keeperAlive() (bool, error) { return heldElsewhere(c.path("keeper.lock")) }

// use takes a share of users.lock. While it is held the keeper doesn't stop
// the server by itself.
func (c cluster) use(ctx context.Context) (*fileLock, error) {
	path := c.path("users.lock")
	for {
		l, err := openLock(path)
		if err != nil {
			return nil, err
		}
		if err := l.wait(ctx, unix.LOCK_SH); err != nil {
			l.Close()
			return nil, err
		}
		if l.isAt(path) {
			// The keeper counts Linger from the last one who came.
			now := time.Now()
			_ = os.Chtimes(path, now, now)
			return l, nil
		}
		l.Close()
	}
}

// kept tells whether this keeper's server shall stay without users.
func (c cluster) kept(keeperPID int) bool {
	content, err := os.ReadFile(c.path("kept"))
	if err != nil {
		return false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	return err == nil && pid == keeperPID
}

// dataMajor is the major version in a data directory's PG_VERSION, 0 when
// there is no data directory.
func dataMajor(data string) (int, error) {
	content, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Lstat(data); err != nil {
			return 0, nil
		}
		return 0, withHint(fmt.Errorf("%s is there but isn't a data directory of Postgres", data),
			"move it away, or choose another folder")
	}
	if err != nil {
		return 0, err
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0, fmt.Errorf("%s: bad PG_VERSION %.20q", data, content)
	}
	return major, nil
}
