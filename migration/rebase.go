package migration

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ariga.io/atlas/sql/migrate"
)

// RebaseConfig holds the options of Rebase. Its zero value works.
type RebaseConfig struct {
	// RevisionsSchema is the schema of the revision table. Defaults to
	// DefaultRevisionsSchema.
	RevisionsSchema string
	// Now is the clock that versions are made from. Defaults to time.Now.
	Now func() time.Time
	// DryRun makes Rebase write nothing. Defaults to false.
	DryRun bool
}

// RebaseResult is what Rebase found and did.
type RebaseResult struct {
	// Moved are the files that got a new version, in order.
	Moved []MovedFile `json:"moved"`
	// Commute tells that either order leads to the same catalog. Where not,
	// Clashes are the objects that come out otherwise, or OtherOrder is why the
	// other order fails: the files need each other.
	Commute    bool         `json:"commute"`
	Clashes    []Difference `json:"clashes,omitempty"`
	OtherOrder string       `json:"other_order,omitempty"`
}

// MovedFile is a file that was given a new version.
type MovedFile struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Rebase puts files of the local folder dir after all others: for two git
// branches that each added files, those of one branch are to run after those of
// the other. It gives them new versions in their order and writes atlas.sum
// anew, whatever it holds, a conflict of git's included. The names are file
// names or versions. Files that are applied in a database that stays must not be
// among them.
//
// Before it writes, it replays the directory in the new order on a fresh
// database; a failure leaves all as it was. It replays the other order, too, the
// files before those they were merged with, and says whether it leads to the
// same catalog.
func Rebase(ctx context.Context, dir string, names []string, dev Dev, cfg *RebaseConfig) (*RebaseResult, error) {
	c := RebaseConfig{}
	if cfg != nil {
		c = *cfg
	}
	c.RevisionsSchema = cmp.Or(c.RevisionsSchema, DefaultRevisionsSchema)
	if c.Now == nil {
		c.Now = time.Now
	}
	unlock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	mem, err := loadDir(os.DirFS(dir))
	if err != nil {
		return nil, err
	}
	files, err := mem.Files()
	if err != nil {
		return nil, err
	}
	ours, theirs, err := pick(files, names)
	if err != nil {
		return nil, err
	}
	moved, res, err := rename(ours, theirs, c.Now())
	if err != nil {
		return nil, err
	}
	d := devs{dev: dev}
	err = d.compareOrders(ctx, ours, theirs, c.RevisionsSchema, res)
	if err = errors.Join(err, d.close(ctx)); err != nil || c.DryRun || len(res.Moved) == 0 {
		return res, err
	}
	return res, move(dir, ours, theirs, moved)
}

// pick divides the files into those that were named and the others.
func pick(files []migrate.File, names []string) (ours, theirs []migrate.File, err error) {
	for _, n := range names {
		if !slices.ContainsFunc(files, func(f migrate.File) bool { return f.Name() == n || f.Version() == n }) {
			return nil, nil, hinted(fmt.Errorf("%w: %s", ErrNotFound, n), "give versions or names of files in the directory")
		}
	}
	for _, f := range files {
		switch {
		case !slices.Contains(names, f.Name()) && !slices.Contains(names, f.Version()):
			theirs = append(theirs, f)
		case isCheckpoint(f):
			return nil, nil, hinted(fmt.Errorf("%s is a checkpoint", f.Name()), "delete it, run `espalier migrate hash`, rebase, and make a new one")
		default:
			ours = append(ours, f)
		}
	}
	if len(ours) == 0 {
		return nil, nil, errors.New("no file to rebase")
	}
	return ours, theirs, nil
}

// rename gives ours versions after those of theirs. Files that come last
// already keep theirs.
func rename(ours, theirs []migrate.File, now time.Time) ([]migrate.File, *RebaseResult, error) {
	res := &RebaseResult{Moved: []MovedFile{}}
	if len(theirs) == 0 || ours[0].Version() > theirs[len(theirs)-1].Version() {
		return ours, res, nil
	}
	var drafts []draft
	for _, f := range ours {
		drafts = append(drafts, draft{name: f.Desc(), data: f.Bytes()})
	}
	named, err := draftFiles(nil, drafts, now, append(slices.Clone(theirs), ours...)...)
	if err != nil {
		return nil, nil, err
	}
	var moved []migrate.File
	for i, f := range named {
		if ours[i].Desc() == "" {
			f.Name = f.Version + ".sql"
		}
		moved = append(moved, migrate.NewLocalFile(f.Name, []byte(f.SQL)))
		res.Moved = append(res.Moved, MovedFile{From: ours[i].Name(), To: f.Name})
	}
	return moved, res, nil
}

// compareOrders replays both orders.
func (d *devs) compareOrders(ctx context.Context, ours, theirs []migrate.File, revisionsSchema string, res *RebaseResult) error {
	last, err := d.ordered(ctx, theirs, ours)
	if err != nil {
		return hinted(fmt.Errorf("replay the new order: %w", err), "the files need something that the others changed: correct them, then rebase again")
	}
	// What both branches have comes before the first file of ours.
	n := slices.IndexFunc(theirs, func(f migrate.File) bool { return f.Version() > ours[0].Version() })
	if n < 0 {
		n = len(theirs)
	}
	first, err := d.ordered(ctx, theirs[:n], ours, theirs[n:])
	var partial *PartialError
	if errors.As(err, &partial) && ctx.Err() == nil {
		res.OtherOrder = partial.Error()
		return nil
	}
	if err != nil {
		return err
	}
	var catalogs [2]catalog
	for i, db := range []*devDatabase{last, first} {
		schemas, err := db.schemas(ctx, revisionsSchema)
		if err != nil {
			return err
		}
		if catalogs[i], err = db.catalog(ctx, schemas); err != nil {
			return err
		}
	}
	if diffs := differences(catalogs[0], catalogs[1]); len(diffs) > 0 {
		res.Clashes = reported(diffs)
	}
	res.Commute = len(res.Clashes) == 0
	return nil
}

// ordered replays files in the given order, whatever their versions are.
func (d *devs) ordered(ctx context.Context, lists ...[]migrate.File) (*devDatabase, error) {
	mem := &migrate.MemDir{}
	all := slices.Concat(lists...)
	renamed := make([]migrate.File, len(all))
	names := make(map[string]string)
	for i, f := range all {
		name := fmt.Sprintf("%08d_%s", i, f.Name())
		names[name] = f.Name()
		renamed[i] = migrate.NewLocalFile(name, f.Bytes())
	}
	if err := mem.CopyFiles(renamed); err != nil {
		return nil, err
	}
	db, err := d.replay(ctx, mem)
	var partial *PartialError
	if errors.As(err, &partial) {
		partial.Failed.Name = names[partial.Failed.Name]
		return nil, partial
	}
	return db, err
}

// move writes the files under their new names, then takes the old ones away.
// Until atlas.sum is written, Validate names the files that are there twice.
func move(dir string, ours, theirs, moved []migrate.File) error {
	var out []namedFile
	for _, f := range moved {
		out = append(out, namedFile{f.Name(), f.Bytes()})
	}
	sum, err := sumOf(append(slices.Clone(theirs), moved...))
	if err != nil {
		return err
	}
	if err := writeAll(dir, out...); err != nil {
		return err
	}
	for i, f := range ours {
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
			return err
		}
		// The way back by hand goes along.
		old := filepath.Join(dir, downFolder, f.Name())
		if _, err := os.Lstat(old); err == nil {
			if err := os.Rename(old, filepath.Join(dir, downFolder, moved[i].Name())); err != nil {
				return err
			}
		}
	}
	return writeAll(dir, namedFile{sumFile, sum})
}
