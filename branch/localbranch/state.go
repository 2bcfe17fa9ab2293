package localbranch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/espalier-go/espalier/branch"
)

// stateFormat is the version of project.json. A newer one is refused.
const stateFormat = 1

// state is project.json. One file holds all branches, so that one rename
// commits what concerns several of them.
type state struct {
	Format int `json:"format"`
	// Major and Version are the Postgres that made the project's data.
	Major    int       `json:"postgres_major"`
	Version  string    `json:"postgres_version"`
	Branches []*record `json:"branches"`
}

// record is a branch as it is stored. Its State is Creating or Ready.
type record struct {
	branch.Branch
	Port     int    `json:"port"`
	Password string `json:"password"`
	// Cluster names the folder, in clusters, of the data.
	Cluster string `json:"cluster"`
	// Detached tells that the branch came from ParentID and has no parent.
	Detached bool `json:"detached,omitempty"`
	// Pending is what is being built to replace the data, nil when nothing is.
	Pending *pending `json:"pending,omitempty"`
}

// pending is a Reset or Restore on its way. It counts only while the branch's
// lock is held.
type pending struct {
	Cluster string `json:"cluster"`
	// PreserveAs reserves a name.
	PreserveAs string `json:"preserve_as,omitempty"`
}

func (p *Provider) statePath() string          { return filepath.Join(p.dir, "project.json") }
func (p *Provider) projectLock() wanted        { return wanted{filepath.Join(p.dir, "lock"), exclusive} }
func (p *Provider) clusterDir(c string) string { return filepath.Join(p.dir, "clusters", c) }
func (p *Provider) lockPath(id string) string  { return filepath.Join(p.dir, "locks", id) }

// load reads project.json. A rename puts it there, so it is whole at any time.
func (p *Provider) load() (*state, error) {
	data, err := os.ReadFile(p.statePath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, p.noProject()
	}
	if err != nil {
		return nil, fmt.Errorf("read the project's state: %w", err)
	}
	st, err := decodeState(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p.statePath(), err)
	}
	return st, nil
}

var clusterName = regexp.MustCompile(`^c-[a-z0-9]{1,32}$`)

// decodeState refuses what could lead out of the project's folder or has not
// one root.
func decodeState(data []byte) (*state, error) {
	st := new(state)
	if err := json.Unmarshal(data, st); err != nil {
		return nil, err
	}
	if st.Format > stateFormat {
		return nil, &formatError{format: st.Format}
	}
	roots, defaults := 0, 0
	for _, r := range st.Branches {
		switch {
		case r == nil || !branch.IsID(r.ID) || branch.CheckName(r.Name) != nil || r.Port < 0 || r.Port > 65535:
			return nil, errors.New("a branch in it is damaged")
		case !clusterName.MatchString(r.Cluster) || r.Pending != nil && !clusterName.MatchString(r.Pending.Cluster):
			return nil, fmt.Errorf("the data of branch %s in it is damaged", r.Name)
		}
		if r.ParentID == "" {
			roots++
		}
		if r.Default {
			defaults++
		}
	}
	if len(st.Branches) > 0 && (roots != 1 || defaults != 1) {
		return nil, fmt.Errorf("it has %d root and %d default branches", roots, defaults)
	}
	return st, nil
}

// save replaces project.json in one step that a power failure can't tear or
// take back.
func (p *Provider) save(st *state) error {
	if err := p.saveLater(st); err != nil {
		return err
	}
	return syncDir(p.dir)
}

// saveLater is save for a state that may be the old one after a power failure.
func (p *Provider) saveLater(st *state) error {
	data, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(p.statePath(), append(data, '\n')); err != nil {
		return fmt.Errorf("write the project's state: %w", err)
	}
	return nil
}

// writeFile writes a file of this user alone that is there from then on.
func writeFile(path string, data []byte) error {
	if err := replaceFile(path, data); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// replaceFile writes a file: the new one is there whole or not at all. Its
// callers hold a lock, so one name for the unfinished file is enough.
func replaceFile(path string, data []byte) error {
	f, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// find returns the branch of that name or id, or nil.
func (st *state) find(nameOrID string) *record {
	for _, r := range st.Branches {
		if r.Name == nameOrID || r.ID == nameOrID {
			return r
		}
	}
	return nil
}

// taken tells whether the name belongs to a branch, or will.
func (st *state) taken(name string) bool {
	return slices.ContainsFunc(st.Branches, func(r *record) bool {
		return r.Name == name || r.Pending != nil && r.Pending.PreserveAs == name
	})
}

// defaultBranch is nil only before the root is made.
func (st *state) defaultBranch() *record {
	for _, r := range st.Branches {
		if r.Default {
			return r
		}
	}
	return nil
}

func (st *state) children(id string) []*record {
	var found []*record
	for _, r := range st.Branches {
		if r.ParentID == id && !r.Detached {
			found = append(found, r)
		}
	}
	return found
}

func (st *state) remove(id string) {
	st.Branches = slices.DeleteFunc(st.Branches, func(r *record) bool { return r.ID == id })
}
