package migration

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"ariga.io/atlas/sql/migrate"
	"golang.org/x/sync/errgroup"
)

// downFolder holds files that take back those of the same name.
const downFolder = "down"

// downPlan leads a database from one version back to an earlier one.
type downPlan struct {
	devs
	dir             fs.FS
	revisionsSchema string

	applied  *migrate.MemDir
	reverted []migrate.File // newest first
	to       string

	stmts  []statement
	losses []*loss
	byHand []string
}

// compute makes the statements on one dev database and proves them on another.
func (p *downPlan) compute(ctx context.Context) error {
	hands, err := p.handwritten()
	if err != nil {
		return err
	}
	// The catalogs before each file by hand, after it, and at the end.
	marks := map[string]bool{p.to: true}
	for i, f := range p.reverted {
		if hands[f.Name()] != nil {
			marks[f.Version()], marks[p.before(i)] = true, true
		}
	}
	var db, proof *devDatabase
	var at map[string]catalog
	var schemas []string
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		db, at, schemas, err = p.steps(gctx, marks)
		return err
	})
	g.Go(func() (err error) {
		proof, err = p.replay(gctx, p.applied)
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	cur, err := db.catalog(ctx, schemas)
	if err != nil {
		return err
	}
	start := cur
	conv := &convergence{db: db, schemas: schemas, keeper: keeper{strict: true}, qualify: len(schemas) > 1}
	lead := func(version string) error {
		conv.want = at[version]
		stmts, err := conv.run(ctx, cur)
		p.stmts = append(p.stmts, stmts...)
		if err != nil {
			return refusedDown(p.stmts, err)
		}
		cur, err = db.catalog(ctx, schemas)
		return err
	}
	for i, f := range p.reverted {
		hand := hands[f.Name()]
		if hand == nil {
			continue
		}
		if err := lead(f.Version()); err != nil {
			return err
		}
		if cur, err = p.runByHand(ctx, db, f.Name(), hand, at[p.before(i)], schemas); err != nil {
			return err
		}
	}
	if err := lead(p.to); err != nil {
		return err
	}
	p.losses = lossesOf(start, cur, p.stmts)
	return p.prove(ctx, proof, at[p.to], schemas)
}

// before is the version before the i-th of the reverted files.
func (p *downPlan) before(i int) string {
	if i+1 < len(p.reverted) {
		return p.reverted[i+1].Version()
	}
	return p.to
}

// handwritten reads the statements of the files in the folder down.
func (p *downPlan) handwritten() (map[string][]byte, error) {
	hands := make(map[string][]byte)
	for _, f := range p.reverted {
		b, err := fs.ReadFile(p.dir, downFolder+"/"+f.Name())
		switch {
		case err == nil:
			hands[f.Name()] = b
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("read %s/%s: %w", downFolder, f.Name(), err)
		}
	}
	return hands, nil
}

// steps replays the files one by one and keeps the catalogs after those in
// marks; "" is that of the empty database.
func (p *downPlan) steps(ctx context.Context, marks map[string]bool) (*devDatabase, map[string]catalog, []string, error) {
	db, err := p.database(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	cfg, err := (&ApplyConfig{LockTimeout: -1, LockRetries: -1}).withDefaults()
	if err != nil {
		return nil, nil, nil, err
	}
	r, err := newRunner(db.session, p.applied, migrate.NopRevisionReadWriter{}, cfg)
	if err != nil {
		return nil, nil, nil, err
	}
	files, err := r.pending(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	at := make(map[string]catalog)
	all := make(map[string]bool)
	keep := func(version string, last bool) error {
		if !marks[version] && !last {
			return nil
		}
		if err := db.settle(ctx); err != nil {
			return err
		}
		schemas, err := db.schemas(ctx, p.revisionsSchema)
		if err != nil {
			return err
		}
		for _, s := range schemas {
			all[s] = true
		}
		at[version], err = db.catalog(ctx, schemas)
		return err
	}
	if err := keep("", false); err != nil {
		return nil, nil, nil, err
	}
	for i, f := range files {
		if _, err := r.run(ctx, files[i:i+1]); err != nil {
			return nil, nil, nil, fmt.Errorf("replay the migration directory: %w", err)
		}
		if err := keep(f.Version(), i == len(files)-1); err != nil {
			return nil, nil, nil, err
		}
	}
	schemas := make([]string, 0, len(all))
	for s := range all {
		schemas = append(schemas, s)
	}
	return db, at, schemas, nil
}

// runByHand runs the statements of a file on the dev database.
func (p *downPlan) runByHand(ctx context.Context, db *devDatabase, name string, sql []byte, want catalog, schemas []string) (catalog, error) {
	f := migrate.NewLocalFile(name, sql)
	r, err := newRunner(db.session, p.applied, migrate.NopRevisionReadWriter{}, ApplyConfig{})
	if err != nil {
		return nil, err
	}
	decls, err := migrate.FileStmtDecls(r.drv, f)
	if err != nil {
		return nil, fmt.Errorf("%s/%s: %w", downFolder, name, err)
	}
	if txControl(decls) != nil {
		return nil, hinted(fmt.Errorf("%s/%s: %w", downFolder, name, ErrTxControl), "leave BEGIN and COMMIT out: all runs in one transaction")
	}
	for _, d := range decls {
		if _, err := db.ExecContext(ctx, d.Text); err != nil {
			return nil, &VerifyError{SQL: string(sql), Err: fmt.Errorf("%s/%s:%d: %w", downFolder, name, lineAt(string(sql), stmtPos(string(sql), d)), err)}
		}
		p.stmts = append(p.stmts, statement{comment: "By hand, " + downFolder + "/" + name, sql: strings.TrimSuffix(strings.TrimSpace(d.Text), ";")})
	}
	p.byHand = append(p.byHand, name)
	if err := db.reset(ctx, -1); err != nil {
		return nil, err
	}
	got, err := db.catalog(ctx, schemas)
	if err != nil {
		return nil, err
	}
	if diffs := differences(got, want); len(diffs) > 0 {
		return nil, hinted(&VerifyError{SQL: string(sql), Differences: lines(diffs)}, fmt.Sprintf("%s/%s doesn't take its file back: correct or remove it", downFolder, name))
	}
	return got, nil
}

// prove runs all statements in one transaction, as in the target.
func (p *downPlan) prove(ctx context.Context, db *devDatabase, want catalog, schemas []string) error {
	for _, s := range append(append([]statement{{sql: "BEGIN"}}, p.stmts...), statement{sql: "COMMIT"}) {
		if _, err := db.ExecContext(ctx, s.sql); err != nil {
			return refusedDown(p.stmts, &stuckError{stmt: &s, err: err})
		}
	}
	got, err := db.catalog(ctx, schemas)
	if err != nil {
		return err
	}
	if diffs := differences(got, want); len(diffs) > 0 {
		return refusedDown(p.stmts, &stuckError{diffs: diffs})
	}
	return nil
}

// refusedDown explains a way back that there isn't.
func refusedDown(before []statement, err error) error {
	err = refused(before, err)
	var verify *VerifyError
	if !errors.As(err, &verify) {
		return err
	}
	return hinted(verify, "write the way back by hand: "+downFolder+"/<name of the file> beside the migrations")
}

// lossesOf are the tables and columns of before that are gone in after, which is
// the same database later, and what the statements narrow.
func lossesOf(before, after catalog, stmts []statement) []*loss {
	there := make(map[ref]bool)
	for _, e := range after {
		if e.kind == "table" || e.kind == "partition" || e.kind == "column" {
			there[e.ref] = true
		}
	}
	var out []*loss
	for _, e := range sorted(before) {
		whole := e.ref
		whole.sub = 0
		switch {
		case there[e.ref]:
		case e.kind == "table" && e.parts[tabPartKey] == "" || e.kind == "partition":
			out = append(out, &loss{schema: e.schema, table: e.rel, what: "drops"})
		case e.kind == "column" && there[whole] && e.parts[colGenerated] == "":
			out = append(out, &loss{schema: e.schema, table: e.rel, column: e.name, what: "drops"})
		}
	}
	for _, s := range stmts {
		if s.loss != nil && s.loss.what == "narrows" {
			out = append(out, s.loss)
		}
	}
	return out
}
