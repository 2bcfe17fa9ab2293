package migration

import (
	"context"
	"errors"
	"slices"

	"ariga.io/atlas/sql/migrate"
	"golang.org/x/sync/errgroup"
)

// differ makes the files of one Diff.
type differ struct {
	devs
	cfg DiffConfig
}

// plan returns the files that lead from mem to the desired state.
func (d *differ) plan(ctx context.Context, mem *migrate.MemDir, name string, desired State) ([]draft, error) {
	var current, target *devDatabase
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		current, err = d.replayRaw(gctx, mem)
		return err
	})
	g.Go(func() (err error) {
		target, err = d.load(gctx, desired)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	schemas, err := target.schemas(ctx, d.cfg.RevisionsSchema)
	if err != nil {
		return nil, err
	}
	want, err := target.catalog(ctx, schemas)
	if err != nil {
		return nil, err
	}
	cur, err := current.catalog(ctx, schemas)
	if err != nil {
		return nil, err
	}
	files, err := mem.Files()
	if err != nil {
		return nil, err
	}
	conv := &convergence{db: current, schemas: schemas, want: want, keeper: keeper{owned: owned(files)},
		policy: d.cfg.Policy, concurrent: d.cfg.Concurrent, qualify: len(schemas) > 1}
	conv.settleWant = func() (catalog, error) {
		if err := target.settle(ctx); err != nil {
			return nil, err
		}
		return target.catalog(ctx, schemas)
	}
	if diffs, _ := conv.compare(cur, nil); len(diffs) == 0 && len(d.cfg.Renames) == 0 {
		return nil, ErrNoChanges
	}
	before, err := d.copyOf(ctx, current, target)
	if err != nil {
		return nil, err
	}
	stmts, cur, err := d.rename(ctx, conv, cur)
	if err != nil {
		return nil, err
	}
	more, err := conv.run(ctx, cur)
	stmts = append(stmts, more...)
	if err != nil {
		return nil, refused(stmts, err)
	}
	if len(stmts) == 0 {
		return nil, ErrNoChanges
	}
	drafts := split(name, stmts)
	return drafts, d.verify(ctx, before, files, drafts, conv)
}

// refused makes a *VerifyError of a plan that got stuck.
func refused(before []statement, err error) error {
	var stuck *stuckError
	if !errors.As(err, &stuck) {
		return err
	}
	all := append(slices.Clone(before), stuck.done...)
	if stuck.stmt == nil {
		return &VerifyError{SQL: text(all), Differences: lines(stuck.diffs)}
	}
	return &VerifyError{SQL: text(append(all, *stuck.stmt)), Err: stuck}
}

// verify replays the directory with the new files and compares. before is a copy
// of the directory's replay so far, or nil.
func (d *differ) verify(ctx context.Context, before *devDatabase, files []migrate.File, drafts []draft, conv *convergence) error {
	named, err := draftFiles(nil, drafts, d.cfg.Now(), files...)
	if err != nil {
		return err
	}
	var added []migrate.File
	var sql string
	for _, f := range named {
		added = append(added, migrate.NewLocalFile(f.Name, []byte(f.SQL)))
		sql += f.SQL
	}
	all := append(slices.Clone(files), added...)
	next := &migrate.MemDir{}
	if before != nil {
		if err = next.CopyFiles(added); err == nil {
			err = d.runFiles(ctx, before, next)
		}
	} else if err = next.CopyFiles(all); err == nil {
		before, err = d.replayRaw(ctx, next)
	}
	if err != nil {
		var partial *PartialError
		if errors.As(err, &partial) && ctx.Err() == nil {
			return &VerifyError{SQL: sql, Err: err}
		}
		return err
	}
	check := *conv
	check.db, check.keeper.owned = before, owned(all)
	got, err := before.catalog(ctx, conv.schemas)
	if err != nil {
		return err
	}
	diffs, _ := check.compare(got, nil)
	if check.unsettled(diffs) {
		if got, err = check.settle(ctx); err != nil {
			return err
		}
		diffs, _ = check.compare(got, nil)
	}
	if len(diffs) > 0 {
		return &VerifyError{SQL: sql, Differences: lines(diffs)}
	}
	return nil
}
