package migration

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"ariga.io/atlas/sql/migrate"
)

// DriftConfig holds the options of Drift. Its zero value works.
type DriftConfig struct {
	// RevisionsSchema is the schema of the revision table, which never counts.
	// Defaults to DefaultRevisionsSchema.
	RevisionsSchema string
	// IgnoreSchemas are further schemas that don't count. Those of Neon
	// (neon_auth and the like) never do. Defaults to none.
	IgnoreSchemas []string
}

// DriftReport tells how a database differs from what its migrations lead to.
type DriftReport struct {
	// Version is that of the newest applied file, empty where there is none.
	Version string `json:"version"`
	// Differences are sorted by object; none means no drift.
	Differences []Difference `json:"differences"`
	// Restore is SQL that makes the database what the files say, TakeOver SQL
	// that makes the files say what the database is: the text of a new
	// migration. Either was run on a dev database. They are empty without
	// drift, or where Unplanned says why.
	Restore  string `json:"restore,omitempty"`
	TakeOver string `json:"take_over,omitempty"`
	// Unplanned is why there is no SQL, or empty.
	Unplanned string `json:"unplanned,omitempty"`
}

// Difference is an object that two schemas don't have alike.
type Difference struct {
	// Object is the kind and the name, such as "index public.users.by_name".
	Object string `json:"object"`
	// Files and Target are the definitions on either side, in Postgres' words.
	// InFiles and InTarget tell which side has the object.
	Files    string `json:"files,omitempty"`
	Target   string `json:"target,omitempty"`
	InFiles  bool   `json:"in_files"`
	InTarget bool   `json:"in_target"`
}

// String describes the difference in a line.
func (d Difference) String() string {
	switch {
	case !d.InTarget:
		return d.Object + " is missing in the database"
	case !d.InFiles:
		return d.Object + " is not in the migrations"
	}
	return fmt.Sprintf("%s is %q, in the migrations %q", d.Object, oneLine(d.Target), oneLine(d.Files))
}

func reported(diffs []difference) []Difference {
	out := []Difference{}
	for _, d := range diffs {
		r := Difference{Object: d.object.String(), InFiles: d.got != nil, InTarget: d.want != nil}
		if d.got != nil {
			r.Files = d.got.def
		}
		if d.want != nil {
			r.Target = d.want.def
		}
		out = append(out, r)
	}
	return out
}

// Drift compares the whole catalog of the database at url with what the files
// that are applied there lead to, replayed on a dev database. It writes nothing
// to the database. Files that are pending don't count. The URL must be a direct
// one, as for Apply.
func Drift(ctx context.Context, url string, dir fs.FS, dev Dev, cfg *DriftConfig) (*DriftReport, error) {
	if cfg == nil {
		cfg = &DriftConfig{}
	}
	revisionsSchema := cmp.Or(cfg.RevisionsSchema, DefaultRevisionsSchema)
	mem, err := loadValid(dir)
	if err != nil {
		return nil, err
	}
	s, err := connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.reset(ctx, -1); err != nil {
		return nil, err
	}
	revs, err := readRevisions(ctx, s, revisionsSchema)
	if err != nil {
		return nil, err
	}
	applied, err := appliedFiles(mem, revs.list)
	if err != nil {
		return nil, err
	}
	schemas, err := s.schemas(ctx, append(slices.Clone(cfg.IgnoreSchemas), revisionsSchema)...)
	if err != nil {
		return nil, err
	}
	d := devs{dev: dev}
	rep, err := d.drift(ctx, s, applied, schemas, append(slices.Clone(cfg.IgnoreSchemas), revisionsSchema))
	if err = errors.Join(err, d.close(ctx)); err != nil {
		return nil, err
	}
	if n := len(revs.list); n > 0 {
		rep.Version = revs.list[n-1].Version
	}
	return rep, nil
}

// appliedFiles are the files that lead to the state of a database with these
// revisions.
func appliedFiles(mem *migrate.MemDir, revs []*migrate.Revision) (*migrate.MemDir, error) {
	files, err := mem.Files()
	if err != nil {
		return nil, err
	}
	out := &migrate.MemDir{}
	if len(revs) == 0 {
		return out, nil
	}
	has := make(map[string]bool)
	for _, r := range revs {
		has[r.Version] = true
		if r.Applied < r.Total && !r.Type.Has(migrate.RevisionTypeResolved) {
			return nil, unfinished(r.Version)
		}
		if !slices.ContainsFunc(files, func(f migrate.File) bool { return f.Version() == r.Version }) {
			return nil, hinted(fmt.Errorf("%w: version %s is applied, but its file is gone", ErrNotFound, r.Version),
				"restore the file: without it nobody knows what the database should be")
		}
	}
	first, last := revs[0].Version, revs[len(revs)-1].Version
	var keep []migrate.File
	for _, f := range files {
		c, ok := f.(migrate.CheckpointFile)
		old := f.Version() < first || ok && c.IsCheckpoint()
		if has[f.Version()] || old && f.Version() <= last {
			keep = append(keep, f)
		}
	}
	return out, out.CopyFiles(keep)
}

func unfinished(version string) error {
	return hinted(fmt.Errorf("version %s is applied in part", version), "`espalier migrate status` tells why; finish it with `espalier migrate apply` first")
}

func (d *devs) drift(ctx context.Context, s *session, applied *migrate.MemDir, schemas, ignore []string) (*DriftReport, error) {
	db, err := d.replayRaw(ctx, applied)
	if err != nil {
		return nil, err
	}
	own, err := db.schemas(ctx, ignore...)
	if err != nil {
		return nil, err
	}
	for _, o := range own {
		if !slices.Contains(schemas, o) {
			schemas = append(schemas, o)
		}
	}
	want, err := s.catalog(ctx, schemas)
	if err != nil {
		return nil, err
	}
	cur, err := db.catalog(ctx, schemas)
	if err != nil {
		return nil, err
	}
	diffs := differences(cur, want)
	conv := &convergence{db: db, schemas: schemas, want: want, keeper: keeper{strict: true}, qualify: len(schemas) > 1, lenient: true}
	if conv.unsettled(diffs) {
		if cur, err = conv.settle(ctx); err != nil {
			return nil, err
		}
		diffs = differences(cur, want)
	}
	rep := &DriftReport{Differences: reported(diffs)}
	if len(diffs) == 0 {
		return rep, nil
	}
	there, err := conv.run(ctx, cur)
	var stuck *stuckError
	if errors.As(err, &stuck) && stuck.stmt != nil {
		rep.Unplanned = stuck.Error()
		return rep, nil
	}
	if err != nil && stuck == nil {
		return nil, err
	}
	// A definition that Postgres reads as the one of the files is no drift,
	// however it prints it.
	now, err := db.catalog(ctx, schemas)
	if err != nil {
		return nil, err
	}
	same := func(o object) bool {
		a, b := cur[o], now[o]
		return want[o] != nil && a != nil && b != nil && a.def == b.def
	}
	rep.Differences = reported(slices.DeleteFunc(diffs, func(d difference) bool { return same(d.object) }))
	if len(rep.Differences) == 0 {
		return rep, nil
	}
	if stuck != nil {
		rep.Unplanned = stuck.Error()
		return rep, nil
	}
	rep.TakeOver = text(slices.DeleteFunc(there, func(st statement) bool { return same(st.object) }))
	conv.want = cur
	back, err := conv.run(ctx, now)
	if errors.As(err, &stuck) {
		rep.Unplanned = stuck.Error()
		return rep, nil
	}
	rep.Restore = text(back)
	return rep, err
}
