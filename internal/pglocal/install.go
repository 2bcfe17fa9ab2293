package pglocal

import (
	"log/slog"
	"path/filepath"
)

// MinMajor is the oldest major version of Postgres that is used.
const MinMajor = 15

// The values of Install.Source.
const (
	SourcePath        = "path"
	SourceDebian      = "debian"
	SourceHomebrew    = "homebrew"
	SourcePostgresApp = "postgres.app"
	SourceNPM         = "npm"
)

// Install is one set of Postgres binaries that was proved to run.
type Install struct {
	// BinDir holds postgres and initdb; more isn't needed.
	BinDir string `json:"bin_dir"`
	// Version is the full version, such as "15.18".
	Version string `json:"version"`
	// Major is the first number of Version.
	Major int `json:"major"`
	// Source is where it comes from: one of the Source constants.
	Source string `json:"source"`
}

// Postgres is the path of the server's binary.
func (i *Install) Postgres() string { return filepath.Join(i.BinDir, "postgres") }

// Initdb is the path of the binary that makes a data directory.
func (i *Install) Initdb() string { return filepath.Join(i.BinDir, "initdb") }

// Candidate is a place where binaries were looked for and what was found.
type Candidate struct {
	BinDir  string
	Source  string
	Version string
	Major   int
	// Err says why it can't be used; nil when it can.
	Err error
}

// FindConfig says what Find looks for. Its zero value works.
type FindConfig struct {
	// Major is the major version that is wanted. Defaults to
	// $ESPALIER_PG_MAJOR, else to the newest one from 15 that is installed.
	Major int
	// CacheDir holds fetched binaries. Defaults to CacheDir().
	CacheDir string
	// AllowSystem lets root on Debian or Ubuntu install the system's package
	// when nothing else is found. Defaults to whether $ESPALIER_INSTALL is 1.
	AllowSystem bool
	// Log receives what takes long. Defaults to a logger that discards.
	Log *slog.Logger
}
