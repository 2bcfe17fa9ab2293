package migration

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"ariga.io/atlas/sql/migrate"
)

// devs are the dev databases of one operation.
type devs struct {
	dev Dev

	mu   sync.Mutex
	open []*devDatabase
}

// replay makes a dev database and runs all files in it.
func (d *devs) replay(ctx context.Context, mem *migrate.MemDir) (*devDatabase, error) {
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
func (d *devs) load(ctx context.Context, desired State) (*devDatabase, error) {
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

func (d *devs) database(ctx context.Context) (*devDatabase, error) {
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
func (d *devs) close(ctx context.Context) error {
	errs := make([]error, len(d.open))
	var wg sync.WaitGroup
	for i, db := range d.open {
		wg.Go(func() { errs[i] = db.close(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
