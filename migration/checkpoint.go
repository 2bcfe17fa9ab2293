package migration

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"ariga.io/atlas/sql/migrate"
)

// CheckpointConfig holds the options of Checkpoint. Its zero value works.
type CheckpointConfig struct {
	// Tag is a name for the checkpoint. Defaults to none.
	Tag string
	// RevisionsSchema is the schema of the revision table. Defaults to
	// DefaultRevisionsSchema.
	RevisionsSchema string
	// Now is the clock that versions are made from. Defaults to time.Now.
	Now func() time.Time
	// DryRun makes Checkpoint write nothing. Defaults to false.
	DryRun bool
}

// Checkpoint adds a file <version>_<name>.sql to the local folder dir that makes
// in one step what all files before it make: in a new database Apply begins
// there. Databases that have the earlier files skip it, as those of the Atlas
// command line from 0.14 on. Nothing is lost:
// functions, triggers, policies and all else in the catalog are in it, and the
// rows that the migrations insert.
//
// Before it is written, the file is replayed alone on a fresh database, and
// catalog and rows compared; a difference is a *VerifyError. Without a file in
// dir since the last checkpoint it returns ErrNoChanges.
func Checkpoint(ctx context.Context, dir, name string, dev Dev, cfg *CheckpointConfig) (File, error) {
	c := CheckpointConfig{}
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
	if strings.ContainsFunc(c.Tag, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return File{}, fmt.Errorf("the tag %q is not a word", c.Tag)
	}
	mem, err := loadValid(os.DirFS(dir))
	if err != nil {
		return File{}, err
	}
	files, err := mem.Files()
	if err != nil {
		return File{}, err
	}
	if n := len(files); n == 0 || isCheckpoint(files[n-1]) {
		return File{}, ErrNoChanges
	}
	d := devs{dev: dev}
	data, err := d.checkpoint(ctx, mem, c)
	if err = errors.Join(err, d.close(ctx)); err != nil {
		return File{}, err
	}
	drafts := []draft{{name, data}}
	var added []File
	if c.DryRun {
		added, err = draftFiles(mem, drafts, c.Now())
	} else {
		added, err = addAll(dir, drafts, c.Now, mem)
	}
	if err != nil {
		return File{}, err
	}
	return added[0], nil
}

func isCheckpoint(f migrate.File) bool {
	c, ok := f.(migrate.CheckpointFile)
	return ok && c.IsCheckpoint()
}

// checkpoint makes the text of the file and proves it.
func (d *devs) checkpoint(ctx context.Context, mem *migrate.MemDir, cfg CheckpointConfig) ([]byte, error) {
	full, err := d.replay(ctx, mem)
	if err != nil {
		return nil, err
	}
	schemas, err := full.schemas(ctx, cfg.RevisionsSchema)
	if err != nil {
		return nil, err
	}
	want, err := full.catalog(ctx, schemas)
	if err != nil {
		return nil, err
	}
	fresh, err := d.database(ctx)
	if err != nil {
		return nil, err
	}
	cur, err := fresh.catalog(ctx, schemas)
	if err != nil {
		return nil, err
	}
	conv := &convergence{db: fresh, schemas: schemas, want: want, keeper: keeper{strict: true}, qualify: len(schemas) > 1}
	rows, err := full.rows(ctx, want)
	if err != nil {
		return nil, err
	}
	conv.keysLast = rows != ""
	stmts, err := conv.run(ctx, cur)
	if err != nil {
		return nil, refused(nil, err)
	}
	files, err := mem.Files()
	if err != nil {
		return nil, err
	}
	// What was made by hand stays made by hand.
	names := owned(files)
	for i, s := range stmts {
		stmts[i].owns = slices.DeleteFunc(s.owns, func(o object) bool { return !names[o.String()] })
	}
	sql := text(stmts)
	if rows != "" {
		// What looks at rows or reacts to them comes after them.
		var early, late []statement
		for _, s := range stmts {
			switch s.object.kind {
			case "foreign key", "trigger", "event trigger", "rule", "comment":
				late = append(late, s)
			default:
				early = append(early, s)
			}
		}
		sql = text(early) + rows + text(late)
	}
	f := migrate.NewLocalFile("1_checkpoint.sql", []byte(sql))
	if cfg.Tag != "" {
		f.AddDirective("checkpoint", cfg.Tag)
	} else {
		f.AddDirective("checkpoint")
	}
	return f.Bytes(), d.verifyCheckpoint(ctx, f, want, rows, schemas)
}

func (d *devs) verifyCheckpoint(ctx context.Context, f migrate.File, want catalog, rows string, schemas []string) error {
	alone := &migrate.MemDir{}
	if err := alone.CopyFiles([]migrate.File{f}); err != nil {
		return err
	}
	db, err := d.replay(ctx, alone)
	if err != nil {
		var partial *PartialError
		if errors.As(err, &partial) && ctx.Err() == nil {
			return &VerifyError{SQL: string(f.Bytes()), Err: err}
		}
		return err
	}
	got, err := db.catalog(ctx, schemas)
	if err != nil {
		return err
	}
	if diffs := differences(got, want); len(diffs) > 0 {
		return &VerifyError{SQL: string(f.Bytes()), Differences: lines(diffs)}
	}
	again, err := db.rows(ctx, got)
	if err != nil {
		return err
	}
	if again != rows {
		return &VerifyError{SQL: string(f.Bytes()), Differences: []string{"the rows that the migrations insert come out otherwise"}}
	}
	return nil
}
