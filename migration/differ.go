package migration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
	"golang.org/x/sync/errgroup"
)

// differ holds the dev databases of one Diff.
type differ struct {
	cfg DiffConfig
	dev Dev

	mu   sync.Mutex
	open []*devDatabase
}

// side is one of the schemas that are compared.
type side struct {
	db      *devDatabase
	drv     migrate.Driver
	realm   *schema.Realm
	catalog catalog
}

// plan returns the text of the file that leads from mem to the desired state.
func (d *differ) plan(ctx context.Context, mem *migrate.MemDir, name string, desired State) ([]byte, error) {
	var current, target side
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		current.db, err = d.replay(gctx, mem)
		return err
	})
	g.Go(func() (err error) {
		target.db, err = d.load(gctx, desired)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	schemas, err := target.db.schemas(ctx, d.cfg.RevisionsSchema, seedSchema)
	if err != nil {
		return nil, err
	}
	for _, s := range []*side{&current, &target} {
		if err := s.inspect(ctx, schemas); err != nil {
			return nil, err
		}
	}
	changes, err := d.changes(&current, &target)
	if err != nil {
		return nil, err
	}
	if len(changes) == 0 {
		if diffs := d.cfg.Policy.filter(differences(current.catalog, target.catalog)); len(diffs) > 0 {
			return nil, &VerifyError{Differences: lines(diffs)}
		}
		return nil, ErrNoChanges
	}
	text, err := d.format(ctx, &target, name, changes, schemas)
	if err != nil {
		return nil, err
	}
	return text, d.verify(ctx, mem, name, text, &target, schemas)
}

// verify replays the directory with the new file and compares.
func (d *differ) verify(ctx context.Context, mem *migrate.MemDir, name string, text []byte, target *side, schemas []string) error {
	files, err := mem.Files()
	if err != nil {
		return err
	}
	version, err := nextVersion(files, d.cfg.Now())
	if err != nil {
		return err
	}
	next := &migrate.MemDir{}
	if err := next.CopyFiles(append(slices.Clone(files), migrate.NewLocalFile(version+"_"+name+".sql", text))); err != nil {
		return err
	}
	var got side
	if got.db, err = d.replay(ctx, next); err != nil {
		var partial *PartialError
		if errors.As(err, &partial) && ctx.Err() == nil {
			return &VerifyError{SQL: string(text), Err: err}
		}
		return err
	}
	if err := got.inspect(ctx, schemas); err != nil {
		return err
	}
	diffs := lines(d.cfg.Policy.filter(differences(got.catalog, target.catalog)))
	rest, err := d.changes(&got, target)
	if err != nil {
		return err
	}
	if d.cfg.Policy.complete() {
		back, err := d.changes(target, &got)
		if err != nil {
			return err
		}
		rest = append(rest, dropObjects(back)...)
	}
	if len(diffs) == 0 && len(rest) > 0 {
		plan, err := target.drv.PlanChanges(ctx, name, rest)
		if err != nil {
			return fmt.Errorf("plan what still differs: %w", err)
		}
		for _, c := range plan.Changes {
			diffs = append(diffs, "missing: "+c.Cmd)
		}
	}
	if len(diffs) > 0 {
		return &VerifyError{SQL: string(text), Differences: diffs}
	}
	return nil
}

// changes compares two sides by the Atlas library.
func (d *differ) changes(from, to *side) ([]schema.Change, error) {
	opts := append(d.cfg.Policy.options(), schema.DiffNormalized())
	changes, err := to.drv.RealmDiff(from.realm, to.realm, opts...)
	if err != nil {
		return nil, hinted(fmt.Errorf("compare the schemas: %w", err), (&VerifyError{}).Hint())
	}
	return keepHandmade(changes, from.realm), nil
}

// format plans the changes and writes them as a migration file. Names are
// qualified only where the desired state has more than one schema.
func (d *differ) format(ctx context.Context, target *side, name string, changes []schema.Change, schemas []string) ([]byte, error) {
	var opts []migrate.PlanOption
	if len(schemas) == 1 {
		opts = append(opts, func(o *migrate.PlanOptions) { o.SchemaQualifier = new(string) })
	}
	opts = append(opts, func(o *migrate.PlanOptions) { o.Indent = "  "; o.Mode = migrate.PlanModeDeferred })
	plan, err := target.drv.PlanChanges(ctx, name, changes, opts...)
	if err != nil {
		return nil, hinted(fmt.Errorf("plan the changes: %w", err), (&VerifyError{}).Hint())
	}
	files, err := migrate.DefaultFormatter.Format(plan)
	if err != nil {
		return nil, fmt.Errorf("format the changes: %w", err)
	}
	if len(files) != 1 {
		return nil, fmt.Errorf("format the changes: %d files", len(files))
	}
	return files[0].Bytes(), nil
}

// replay makes a dev database and runs all files in it.
func (d *differ) replay(ctx context.Context, mem *migrate.MemDir) (*devDatabase, error) {
	db, err := d.database(ctx)
	if err != nil {
		return nil, err
	}
	cfg, err := (&ApplyConfig{LockTimeout: -1, LockRetries: -1}).withDefaults()
	if err != nil {
		return nil, err
	}
	r, err := newRunner(db.session, mem, migrate.NopRevisionReadWriter{}, cfg)
	if err != nil {
		return nil, err
	}
	files, err := r.pending(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := r.run(ctx, files); err != nil {
		return nil, fmt.Errorf("replay the migration directory: %w", err)
	}
	return db, db.settle(ctx)
}

// load makes a dev database with the desired state.
func (d *differ) load(ctx context.Context, desired State) (*devDatabase, error) {
	db, err := d.database(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, desired.SQL); err != nil {
		if line := errorLine(desired.SQL, err); line > 0 {
			err = fmt.Errorf("line %d: %w", line, err)
		}
		return nil, hinted(fmt.Errorf("load the desired state: %w", err), "the desired state must be valid SQL for an empty database; `make generate` writes it anew")
	}
	return db, db.settle(ctx)
}

func (d *differ) database(ctx context.Context) (*devDatabase, error) {
	db, err := openDev(ctx, d.dev)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = append(d.open, db)
	return db, nil
}

// close drops the dev databases.
func (d *differ) close(ctx context.Context) error {
	errs := make([]error, len(d.open))
	var wg sync.WaitGroup
	for i, db := range d.open {
		wg.Go(func() { errs[i] = db.close(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// inspect reads the schemas by the Atlas library and from the catalog.
func (s *side) inspect(ctx context.Context, schemas []string) (err error) {
	if err := s.db.reset(ctx, -1); err != nil {
		return err
	}
	if s.drv, err = postgres.Open(s.db.session); err != nil {
		return err
	}
	if s.realm, err = s.drv.InspectRealm(ctx, &schema.InspectRealmOption{Schemas: schemas}); err != nil {
		return fmt.Errorf("inspect: %w", err)
	}
	s.catalog, err = s.db.catalog(ctx, schemas)
	return err
}
