package localbranch

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
)

// StateDir is the folder, inside the project's, that holds all state.
const StateDir = ".espalier"

// Names of what every project has, as on Neon.
const (
	// DefaultBranch is the root branch that Init makes.
	DefaultBranch = "main"
	// Database is the database of every branch.
	Database = "neondb"
	// Role owns Database and is what endpoints log in as: not a superuser, but
	// a member of neon_superuser that may create databases and roles.
	Role = "neondb_owner"
)

// ErrNoProject is the error of every method but Init and Up in a folder without
// a project.
var ErrNoProject = errors.New("no project here")

// Config is the optional part of Open. Its zero value works.
type Config struct {
	// Install is the Postgres to run. Defaults to the project's major version,
	// or the newest one that pglocal.Find returns for a new project; it is
	// looked for when the first server is started.
	Install *pglocal.Install
	// Port is the root branch's TCP port on the loopback interface. Defaults to
	// the one it has, or a free one that it then keeps.
	Port int
	// Keep lets the servers this provider wakes run on after Close, until Down.
	// Defaults to false: they stop Linger after their last user.
	Keep bool
	// Linger is how long a server outlives its last user. Defaults to 2 s.
	Linger time.Duration
	// MaxHistory bounds the write-ahead log kept per branch for points in time,
	// in bytes: past it the older half of the history is given up. Defaults to
	// 1 GiB.
	MaxHistory int64
	// SpareLimit is how large a branch, in bytes, may be of which a copy is made
	// ahead for the next branch, where the file system doesn't share blocks;
	// where it does, every branch may be. Less than 0 is for no copies ahead.
	// Defaults to 128 MiB, and to none where the files are in memory.
	SpareLimit int64
	// Log gets what is done, without secrets. Defaults to none.
	Log *slog.Logger
}

// Provider implements branch.Provider in a folder. It is safe for concurrent
// use, and so are several on the same folder.
type Provider struct {
	dir string // the absolute path of .espalier
	cfg Config

	mu      sync.Mutex
	install *pglocal.Install
	held    map[string]*pglocal.Server // by cluster name
	closed  bool

	background sync.WaitGroup
	closing    chan struct{} // closed by Close
	patience   time.Duration
	turn       sync.Mutex         // of the background's
	at         func(point string) // set by tests
}

var _ branch.Provider = (*Provider)(nil)

// Status is a project at a glance.
type Status struct {
	// Dir is the absolute path of the project's state.
	Dir string `json:"dir"`
	// Version is the Postgres version whose data the project holds, "15.14".
	Version string `json:"postgres_version"`
	// Reflink tells whether a branch shares its parent's blocks on this file
	// system; where it is false, a branch is a full copy.
	Reflink bool `json:"reflink"`
	// Branches are all branches, the root first.
	Branches []BranchStatus `json:"branches"`
}

// BranchStatus is a branch and its server.
type BranchStatus struct {
	branch.Branch
	// Parent is the parent's name, empty for the root.
	Parent string `json:"parent,omitempty"`
	// Port is the TCP port on the loopback interface the branch always has.
	Port int `json:"port"`
	// Running and Kept tell whether the server runs, and runs without users.
	Running bool `json:"running"`
	Kept    bool `json:"kept"`
	// Users counts the processes that hold the server.
	Users int `json:"users"`
	// Size is what the branch takes on disk, in bytes: data, log, history and
	// the copy made ahead. Blocks shared with other branches count for each.
	Size int64 `json:"size_bytes"`
	// HistoryFrom is the oldest moment Create and Restore can go back to.
	HistoryFrom time.Time `json:"history_from,omitzero"`
}
