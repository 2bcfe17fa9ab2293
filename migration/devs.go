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

	mu     sync.Mutex
	open   []*devDatabase
	copies []*devDatabase
}

// replay makes a dev database, runs all files in it and settles it.
func (d *devs) replay(ctx context.Context, mem *migrate.MemDir) (*devDatabase, error) {
	db, err := d.replayRaw(ctx, mem)
	if err != nil {
		return nil, err
	}
	return db, db.settle(ctx)
}

// replayRaw makes a dev database and runs all files in it.
func (d *devs) replayRaw(ctx context.Context, mem *migrate.MemDir) (*devDatabase, error) {
	db, err := d.database(ctx)
	if err != nil {
		return nil, err
	}
	return db, d.runFiles(ctx, db, mem)
}

func (d *devs) runFiles(ctx context.Context, db *devDatabase, mem *migrate.MemDir) error {
	cfg, err := (&ApplyConfig{LockTimeout: -1, LockRetries: -1}).withDefaults()
	if err != nil {
		return err
	}
	r, err := newRunner(db.session, mem, migrate.NopRevisionReadWriter{}, cfg)
	if err != nil {
		return err
	}
	files, err := r.pending(ctx)
	if err != nil {
		return err
	}
	if _, err := r.run(ctx, files); err != nil {
		return fmt.Errorf("replay the migration directory: %w", err)
	}
	return db.reset(ctx, -1)
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
	return db, db.reset(ctx, -1)
}

// copyOf copies a dev database as it is, much faster than its files can be run
// again. It returns nil where the role of the dev URL can't.
func (d *devs) copyOf(ctx context.Context, src, other *devDatabase) (*devDatabase, error) {
	name := devName()
	url, err := withDatabase(src.url, name)
	if err != nil {
		return nil, nil
	}
	var from string
	if err := src.conn.QueryRowContext(ctx, "SELECT pg_catalog.current_database()").Scan(&from); err != nil {
		return nil, err
	}
	// A database that somebody is connected to can't be copied.
	_ = src.session.close()
	_, failed := other.ExecContext(ctx, "CREATE DATABASE "+quoted(name)+" TEMPLATE "+quoted(from))
	if src.session, err = connect(ctx, src.url); err != nil {
		return nil, fmt.Errorf("dev database: %w", err)
	}
	if err := src.reset(ctx, -1); err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, ctx.Err()
	}
	db := &devDatabase{url: url, drop: func(ctx context.Context) error {
		return adminExec(ctx, other.url, "DROP DATABASE IF EXISTS "+quoted(name)+" WITH (FORCE)")
	}}
	d.copies = append(d.copies, db)
	if db.session, err = connect(ctx, url); err != nil {
		return nil, fmt.Errorf("dev database: %w", err)
	}
	return db, db.reset(ctx, -1)
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

// close drops the dev databases; the copies first, which goes through another.
func (d *devs) close(ctx context.Context) error {
	var all []error
	for _, list := range [][]*devDatabase{d.copies, d.open} {
		errs := make([]error, len(list))
		var wg sync.WaitGroup
		for i, db := range list {
			wg.Go(func() { errs[i] = db.close(ctx) })
		}
		wg.Wait()
		all = append(all, errs...)
	}
	return errors.Join(all...)
}
