package localbranch

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/espalier-go/espalier/branch"
)

// VersionError says that the Postgres at hand can't read the project's data.
type VersionError struct {
	// Project is the major version that made the data, Found the one at hand,
	// or 0 when there is none.
	Project, Found int
	// Err is why the project's version was not found, or nil.
	Err error
}

// Error implements error.
func (e *VersionError) Error() string {
	if e.Found == 0 {
		return fmt.Sprintf("the project's data is of Postgres %d, which is not here: %v", e.Project, e.Err)
	}
	return fmt.Sprintf("the project's data is of Postgres %d, which Postgres %d can't read", e.Project, e.Found)
}

// Unwrap returns the cause.
func (e *VersionError) Unwrap() error { return e.Err }

// Hint says what to do about it.
func (e *VersionError) Hint() string {
	return fmt.Sprintf("install Postgres %d, or keep the old data with pg_dump, remove the folder %s and begin anew",
		e.Project, StateDir)
}

type noProjectError struct{ dir string }

func (e *noProjectError) Error() string { return ErrNoProject.Error() + ": " + e.dir }
func (e *noProjectError) Unwrap() error { return ErrNoProject }
func (e *noProjectError) Hint() string  { return "run `espalier up` to make one" }

func (p *Provider) noProject() error { return &noProjectError{dir: filepath.Dir(p.dir)} }

type formatError struct{ format int }

func (e *formatError) Error() string {
	return fmt.Sprintf("it has format %d, this program knows %d", e.format, stateFormat)
}
func (e *formatError) Hint() string { return "update espalier" }

// fail wraps err as the branch.Error of an operation, once.
func fail(op, name string, err error, fix string) error {
	var be *branch.Error
	if err == nil || errors.As(err, &be) || errors.Is(err, ErrNoProject) {
		return err
	}
	return &branch.Error{Op: op, Branch: name, Err: err, Fix: fix}
}

// get finds a branch or fails with ErrNotFound and the names that are close.
func (st *state) get(op, nameOrID string) (*record, error) {
	if r := st.find(nameOrID); r != nil {
		return r, nil
	}
	return nil, &branch.Error{Op: op, Branch: nameOrID, Err: branch.ErrNotFound, Fix: st.suggest(nameOrID)}
}

// suggest says which branches there are, those with a similar name if any.
func (st *state) suggest(name string) string {
	var near, all []string
	for _, r := range st.Branches {
		all = append(all, r.Name)
		if similar(name, r.Name) {
			near = append(near, r.Name)
		}
	}
	if len(near) > 0 {
		return "did you mean " + strings.Join(near[:min(len(near), 3)], ", ") + "?"
	}
	slices.Sort(all)
	rest := ""
	if n := len(all) - 8; n > 0 {
		all, rest = all[:8], fmt.Sprintf(" and %d more", n)
	}
	return "the branches are " + strings.Join(all, ", ") + rest
}

// similar tells whether a typing error or two lie between the names, or one
// begins with the other.
func similar(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if len(a) >= 3 && len(b) >= 3 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) {
		return true
	}
	return distance([]rune(a), []rune(b)) <= min(2, (max(len(a), len(b))+1)/2)
}

// distance is how many letters must be added, dropped or changed.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, ca := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, cb := range b {
			cost := diagonal
			if ca != cb {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
