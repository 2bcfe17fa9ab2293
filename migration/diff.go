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
	// Concurrent says which indexes of tables that exist are made and dropped
	// CONCURRENTLY. Defaults to none.
	Concurrent Concurrent
	// Renames are the tables and columns that have a new name. Defaults to
	// none: a rename comes out as drop and add.
	Renames []Rename
	// AskRename is called for a drop and an add that look like a rename; true
	// makes it one. Defaults to no.
	AskRename func(context.Context, Rename) (bool, error)
	// RevisionsSchema is the schema of the revision table, which is never part
	// of a diff. Defaults to DefaultRevisionsSchema.
	RevisionsSchema string
	// Now is the clock that versions are made from. Defaults to time.Now.
	Now func() time.Time
	// DryRun makes Diff write nothing: it returns the files it would write.
	// Defaults to false.
	DryRun bool
}

// Concurrent is the block diff { concurrent_index { … } } of atlas.hcl. Such
// statements stand in a file of their own that begins with "-- atlas:txmode
// none".
type Concurrent struct{ Create, Drop bool }

// Diff compares the migration files in the local folder dir with the desired
// state and writes what is missing to a new file <version>_<name>.sql, and
// atlas.sum with it. The folder is made where it isn't there. The new version
// sorts after the last one, also when the clock is behind. There are several
// files where the change doesn't fit into one transaction: an enum value and
// its use, an index that is made CONCURRENTLY.
//
// The comparison is that of the whole catalogs: tables, and functions, triggers,
// views, policies, grants, partitions and whatever else Postgres knows. What a
// change needs that comes in its way, such as a view over a column that gets
// another type, is dropped and made again.
//
// Before anything is written, the directory with the new files is replayed on a
// fresh database and its catalog compared with the desired one; a difference is
// a *VerifyError and leaves the directory as it was. Without a difference to
// begin with Diff returns ErrNoChanges.
//
// Diff drops tables, columns, indexes and constraints that the desired state no
// longer has, in the schemas that the desired state uses. It drops a view, a
// function, a trigger and the like only where it made it, which a line
// "-- espalier:owns" in a migration says: what a migration made by hand stays.
// It never drops a schema.
func Diff(ctx context.Context, dir, name string, desired State, dev Dev, cfg *DiffConfig) ([]File, error) {
	c := cfg.withDefaults()
	if err := checkName(name); err != nil {
		return nil, err
	}
	mem, err := loadValid(os.DirFS(dir))
	if errors.Is(err, fs.ErrNotExist) {
		mem, err = &migrate.MemDir{}, nil
	}
	if err != nil {
		return nil, err
	}
	d := differ{cfg: c, devs: devs{dev: dev}}
	drafts, err := d.plan(ctx, mem, name, desired)
	if err = errors.Join(err, d.close(ctx)); err != nil {
		return nil, err
	}
	if c.DryRun {
		return draftFiles(mem, drafts, c.Now())
	}
	return addAll(dir, drafts, c.Now, mem)
}

func (cfg *DiffConfig) withDefaults() DiffConfig {
	c := DiffConfig{}
	if cfg != nil {
		c = *cfg
	}
	c.RevisionsSchema = cmp.Or(c.RevisionsSchema, DefaultRevisionsSchema)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}
