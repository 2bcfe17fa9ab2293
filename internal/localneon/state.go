package localneon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/neonapi"
)

// stateFormat is the version of neon.json. A newer one is refused.
const stateFormat = 1

// maxOperations is how many operations of a project are remembered.
const maxOperations = 500

// state is neon.json: what localbranch doesn't know.
type state struct {
	Format   int        `json:"format"`
	Key      string     `json:"api_key"`
	Port     int        `json:"port,omitempty"`
	UserID   string     `json:"user_id"`
	OrgID    string     `json:"org_id"`
	Created  time.Time  `json:"created_at"`
	Projects []*project `json:"projects"`
}

// project is a project and what is known of its branches. The first one of a
// state has its data in the state's own folder.
type project struct {
	ID         string                    `json:"id"`
	Name       string                    `json:"name"`
	Region     string                    `json:"region_id"`
	Major      int                       `json:"pg_version"`
	Retention  int32                     `json:"history_retention_seconds"`
	Settings   json.RawMessage           `json:"settings,omitempty"`
	Defaults   *neonapi.EndpointDefaults `json:"default_endpoint_settings,omitempty"`
	NoStore    bool                      `json:"passwords_not_stored,omitempty"`
	Created    time.Time                 `json:"created_at"`
	Updated    time.Time                 `json:"updated_at"`
	Branches   map[string]*branchMeta    `json:"branches"`
	Operations []neonapi.Operation       `json:"operations"` // the newest first
}

// branchMeta is what localbranch doesn't know of a branch.
type branchMeta struct {
	Updated     time.Time            `json:"updated_at"`
	Source      string               `json:"creation_source,omitempty"`
	InitSource  string               `json:"init_source,omitempty"`
	TTL         int64                `json:"ttl_interval_seconds,omitempty"`
	LastReset   time.Time            `json:"last_reset_at,omitzero"`
	Restored    string               `json:"restored_from,omitempty"`
	Annotations map[string]string    `json:"annotations,omitempty"`
	Endpoints   []*neonapi.Endpoint  `json:"endpoints"`
	Roles       map[string]*roleMeta `json:"roles"`
	// Snapshot is set where the branch holds a snapshot, and then it is shown
	// as that and not as a branch.
	Snapshot *neonapi.Snapshot `json:"snapshot,omitempty"`
}

// roleMeta is a role's password and times.
type roleMeta struct {
	Password string    `json:"password,omitempty"`
	Created  time.Time `json:"created_at"`
	Updated  time.Time `json:"updated_at"`
}

func load(path string) (*state, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &state{Format: stateFormat, Key: "napi_" + strings.TrimPrefix(localbranch.NewPassword(), "npg_") +
			strings.TrimPrefix(localbranch.NewPassword(), "npg_"), UserID: newUUID(),
			OrgID: "org-" + localbranch.NewName(), Created: now()}, nil
	}
	if err != nil {
		return nil, err
	}
	st := new(state)
	if err := json.Unmarshal(data, st); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if st.Format > stateFormat {
		return nil, fmt.Errorf("read %s: it has format %d, this program knows %d: update espalier", path, st.Format, stateFormat)
	}
	for _, p := range st.Projects {
		if p == nil || !idForm.MatchString(p.ID) {
			return nil, fmt.Errorf("read %s: a project in it is damaged", path)
		}
		if p.Branches == nil {
			p.Branches = make(map[string]*branchMeta)
		}
	}
	return st, nil
}

// interrupted ends the operations of a server that was killed.
func (st *state) interrupted() {
	for _, p := range st.Projects {
		for i := range p.Operations {
			if op := &p.Operations[i]; !op.Done() {
				op.Status, op.Error, op.FailuresCount = neonapi.OperationFailed, "the local Neon was stopped meanwhile", 1
				op.UpdatedAt = now()
			}
		}
	}
}

// saveLocked replaces neon.json in one step.
func (s *Server) saveLocked() error {
	data, err := json.Marshal(s.st)
	if err != nil {
		return err
	}
	tmp := s.statePath() + ".tmp"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(tmp, s.statePath())
	}
	if err != nil {
		return fmt.Errorf("write the state of the local Neon: %w", err)
	}
	return nil
}

// change edits the state and saves it.
func (s *Server) change(edit func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit()
	return s.saveLocked()
}

// ErrRunning says that another server is open in the folder.
var ErrRunning = errors.New("the local Neon of this project runs already")

// lockFolder takes the lock that the kernel gives back when the process ends.
func lockFolder(dir string) (func(), error) {
	f, err := os.OpenFile(filepath.Join(dir, "neon.lock"), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, ErrRunning
		}
		return nil, err
	}
	return func() { f.Close() }, nil
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func majorOf(version string) int {
	major, _, _ := strings.Cut(version, ".")
	n, _ := strconv.Atoi(major)
	return n
}
