package migration

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"ariga.io/atlas/sql/migrate"
)

// ErrNoChanges is returned by Diff when the directory leads to the desired
// state already. Nothing was written.
var ErrNoChanges = errors.New("the migration directory is in line with the desired state")

// DiffConfig holds the options of Diff. Its zero value works.
type DiffConfig struct {
	// Policy says which kinds of change are left out. Defaults to none.
	Policy Policy
	// RevisionsSchema is the schema of the revision table, which is never part
	// of a diff. Defaults to DefaultRevisionsSchema.
	RevisionsSchema string
	// Now is the clock that versions are made from. Defaults to time.Now.
	Now func() time.Time
}

// Diff compares the migration files in the local folder dir with the desired
// state and writes what is missing to a new file <version>_<name>.sql, and
// atlas.sum with it. The folder is made where it isn't there. The new version
// sorts after the last one, also when the clock is behind.
//
// Before anything is written, the directory with the new file is replayed on a
// fresh database and its catalog compared with the desired one; a difference is
// a *VerifyError and leaves the directory as it was. Without a difference to
// begin with Diff returns ErrNoChanges.
//
// Diff drops tables, columns, indexes and constraints that the desired state no
// longer has, in the schemas that the desired state uses. It never drops a
// schema, a view, a function, a trigger, a policy, an extension or a sequence
// that a migration made by hand, nor an enum type that no column used. A rename
// comes out as drop and add: edit the file, then call Hash.
func Diff(ctx context.Context, dir, name string, desired State, dev Dev, cfg *DiffConfig) (File, error) {
	c := DiffConfig{}
	if cfg != nil {
		c = *cfg
	}
	c.RevisionsSchema = cmp.Or(c.RevisionsSchema, DefaultRevisionsSchema)
	if c.Now == nil {
		c.Now = time.Now
	}
	if err := checkName(name); err != nil {
		return File{}, err
	}
	mem, err := loadValid(os.DirFS(dir))
	if errors.Is(err, fs.ErrNotExist) {
		mem, err = &migrate.MemDir{}, nil
	}
	if err != nil {
		return File{}, err
	}
	d := differ{cfg: c, dev: dev}
	text, err := d.plan(ctx, mem, name, desired)
	if err = errors.Join(err, d.close(ctx)); err != nil {
		return File{}, err
	}
	return add(dir, name, text, c.Now, mem)
}
