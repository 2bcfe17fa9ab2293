package migration

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"ariga.io/atlas/sql/migrate"
	"github.com/espalier-go/espalier/migration/lint"
	"github.com/jackc/pgx/v5/pgconn"
)

// LintConfig holds the options of Lint. Its zero value works.
type LintConfig struct {
	// Files are the names of the files to lint. Defaults to those that Latest
	// or URL select, without either to all.
	Files []string
	// Latest is how many of the last files to lint. Defaults to those that are
	// pending at URL.
	Latest int
	// URL is the target, a direct URL: what is pending there is linted, and the
	// sizes of its tables tell how long things could take. It is only read.
	URL string
	// RevisionsSchema is the schema of the target's revision table. Defaults to
	// DefaultRevisionsSchema.
	RevisionsSchema string
	// TxMode is how the files will be applied. Defaults to TxFile.
	TxMode TxMode
	// Severities override those of the rules, by name. Defaults to none.
	Severities map[string]lint.Severity
}

// LintReport is what Lint found.
type LintReport struct {
	Files []LintedFile `json:"files"`
}

// LintedFile is a file and what Postgres did with it.
type LintedFile struct {
	File
	// Tx tells that the file runs in a transaction.
	Tx bool `json:"tx"`
	// Statements are what was observed, dangerous or not.
	Statements []LintedStatement `json:"statements"`
	// Diagnostics are by line.
	Diagnostics []lint.Diagnostic `json:"diagnostics"`
}

// LintedStatement is what was observed of a statement. Tables that the files
// under lint make themselves don't count.
type LintedStatement struct {
	Line int `json:"line"`
	// SQL is the statement's text.
	SQL   string      `json:"sql"`
	Locks []lint.Lock `json:"locks,omitempty"`
	// Rewrites and Scans are the tables that it writes anew and reads in full.
	Rewrites []string `json:"rewrites,omitempty"`
	Scans    []string `json:"scans,omitempty"`
}

// Worst is the highest severity of all diagnostics, lint.Off without any.
func (r *LintReport) Worst() lint.Severity {
	worst := lint.Off
	for _, f := range r.Files {
		for _, d := range f.Diagnostics {
			worst = max(worst, d.Severity)
		}
	}
	return worst
}

// Lint tells what would be dangerous about files of dir in a database with data
// and traffic. It replays the files before them on a dev database and runs
// theirs statement by statement, noting locks, rewrites and scans. A file that
// fails ends the run, with a diagnostic. The rules are in package lint, and so
// are the comments that allow what a rule reports.
func Lint(ctx context.Context, dir fs.FS, dev Dev, cfg *LintConfig) (_ *LintReport, err error) {
	var c LintConfig
	if cfg != nil {
		c = *cfg
	}
	c.RevisionsSchema, c.TxMode = cmp.Or(c.RevisionsSchema, DefaultRevisionsSchema), cmp.Or(c.TxMode, TxFile)
	for name := range c.Severities {
		if !slices.ContainsFunc(lint.Rules(), func(r lint.Rule) bool { return r.Name == name }) {
			return nil, hinted(fmt.Errorf("there is no rule %q", name), "`espalier migrate lint --rules` lists them")
		}
	}
	mem, err := loadValid(dir)
	if err != nil {
		return nil, err
	}
	files, err := mem.Files()
	if err != nil {
		return nil, err
	}
	files = withoutCheckpoints(files)
	chosen, err := c.choose(ctx, mem, files)
	if err != nil {
		return nil, err
	}
	if len(chosen) == 0 {
		return &LintReport{Files: []LintedFile{}}, nil
	}
	var sizes map[string]lint.Size
	if c.URL != "" {
		if sizes, err = tableSizes(ctx, c.URL); err != nil {
			return nil, err
		}
	}
	db, err := openDev(ctx, dev)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	l := &linter{cfg: c, mem: mem, db: db, sizes: sizes, o: &observer{s: db.session}}
	return l.run(ctx, files, chosen)
}

// withoutCheckpoints takes out the checkpoints: they only make in one step what
// the files before them made. One that comes first is the beginning.
func withoutCheckpoints(files []migrate.File) []migrate.File {
	var out []migrate.File
	for i, f := range files {
		if i == 0 || !isCheckpoint(f) {
			out = append(out, f)
		}
	}
	return out
}

// linter is one run of Lint.
type linter struct {
	cfg   LintConfig
	mem   *migrate.MemDir
	db    *devDatabase
	o     *observer
	sizes map[string]lint.Size
}

func (l *linter) run(ctx context.Context, files []migrate.File, chosen map[string]bool) (*LintReport, error) {
	cfg, err := (&ApplyConfig{LockTimeout: -1, LockRetries: -1, TxMode: l.cfg.TxMode}).withDefaults()
	if err != nil {
		return nil, err
	}
	cfg.TxMode = TxFile // what runs before needs no other
	r, err := newRunner(l.db.session, l.mem, migrate.NopRevisionReadWriter{}, cfg)
	if err != nil {
		return nil, err
	}
	rep := &LintReport{Files: []LintedFile{}}
	// What files under lint made has neither rows nor readers in the target.
	fresh := make(map[uint32]bool)
	for _, f := range files {
		if !chosen[f.Name()] {
			if _, err := r.run(ctx, []migrate.File{f}); err != nil {
				return nil, fmt.Errorf("replay the migration directory: %w", err)
			}
			l.o.last = nil
			continue
		}
		if l.o.last == nil {
			if l.o.last, err = l.db.facts(ctx, nil); err != nil {
				return nil, err
			}
		}
		start := l.o.last.catalog
		l.o.existing = func(oid uint32) bool { return start.Relations[oid] != nil && !fresh[oid] }
		facts, err := l.file(ctx, r, f)
		if err != nil {
			return nil, err
		}
		diags := lint.Check(facts, lint.Config{Existing: l.o.existing, Sizes: l.sizes, Severities: l.cfg.Severities})
		if diags == nil {
			diags = []lint.Diagnostic{}
		}
		for oid := range l.o.last.catalog.Relations {
			fresh[oid] = fresh[oid] || start.Relations[oid] == nil
		}
		rep.Files = append(rep.Files, LintedFile{File: fileOf(f), Tx: facts.Tx, Statements: linted(facts), Diagnostics: diags})
		if n := len(facts.Statements); n > 0 && facts.Statements[n-1].Fails {
			break
		}
	}
	return rep, nil
}

// file observes one file.
func (l *linter) file(ctx context.Context, r *runner, f migrate.File) (*lint.File, error) {
	stmts, err := migrate.FileStmtDecls(r.drv, f)
	if err != nil {
		return nil, fmt.Errorf("%s: read the statements: %w", f.Name(), err)
	}
	mode, err := (&runner{cfg: ApplyConfig{TxMode: cmp.Or(l.cfg.TxMode, TxFile)}}).modeOf(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	out := &lint.File{Name: f.Name(), Text: string(f.Bytes()), Tx: mode != TxNone}
	failed, state, msg := -1, "", ""
	if out.Tx {
		if stmt := txControl(stmts); stmt != nil {
			at := lineAt(out.Text, stmtPos(out.Text, stmt))
			return nil, fmt.Errorf("%s:%d: %w", f.Name(), at, hinted(ErrTxControl, "leave BEGIN and COMMIT out: each file runs in a transaction"))
		}
		if failed, state, msg, err = l.together(ctx, stmts); err != nil {
			return nil, err
		}
	}
	if err := l.db.reset(ctx, -1); err != nil {
		return nil, err
	}
	for i, d := range stmts {
		st, err := l.o.statement(ctx, f, d, i+1)
		if err != nil {
			return nil, err
		}
		if i == failed && st.State == "" {
			st.State, st.Err = state, msg
		}
		out.Statements = append(out.Statements, st)
		if st.Fails {
			break
		}
	}
	return out, l.db.reset(ctx, -1)
}

// together runs the statements in one transaction, as Apply will, and rolls it
// back. It tells which one fails, -1 for none.
func (l *linter) together(ctx context.Context, stmts []*migrate.Stmt) (failed int, state, msg string, err error) {
	if err := l.db.reset(ctx, -1); err != nil {
		return -1, "", "", err
	}
	if _, err := l.db.ExecContext(ctx, "BEGIN"); err != nil {
		return -1, "", "", err
	}
	defer func() {
		_, rolled := l.db.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		err = errors.Join(err, rolled)
	}()
	for i, d := range stmts {
		if _, err := l.db.ExecContext(ctx, d.Text); err != nil {
			if sqlState(err) == "" || ctx.Err() != nil {
				return -1, "", "", err
			}
			return i, sqlState(err), message(err), nil
		}
	}
	return -1, "", "", nil
}

// message is what Postgres says, without its code.
func message(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Message
	}
	return err.Error()
}

func linted(f *lint.File) []LintedStatement {
	out := []LintedStatement{}
	for _, s := range f.Statements {
		ls := LintedStatement{Line: s.Line, SQL: s.Text, Locks: s.Locks}
		for _, oid := range s.Rewritten {
			ls.Rewrites = append(ls.Rewrites, s.Before.Relations[oid].String())
		}
		for _, oid := range s.Scanned {
			ls.Scans = append(ls.Scans, s.Before.Relations[oid].String())
		}
		out = append(out, ls)
	}
	return out
}
