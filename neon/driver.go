package neon

import (
	"context"
	"database/sql"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgconn"
)

// Exec implements dialect.Driver. v is nil or a *sql.Result.
func (d *Driver) Exec(ctx context.Context, query string, args, v any) error {
	return exec(ctx, d, query, args, v)
}

// Query implements dialect.Driver. v is a *sql.Rows of entgo.io/ent/dialect/sql,
// a *Batch, which brings its own statements, or a *Copy, which brings rows.
func (d *Driver) Query(ctx context.Context, query string, args, v any) error {
	return runQuery(ctx, d, query, args, v)
}

// ExecContext runs a statement. Without arguments it may hold several.
func (d *Driver) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	tag, err := d.exec(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return result{tag}, nil
}

// QueryContext runs a query, in one round trip as well.
func (d *Driver) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	r, err := d.query(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return d.bridge.rows(ctx, r)
}

// runner is what Driver and Tx have in common.
type runner interface {
	exec(ctx context.Context, text string, args []any) (pgconn.CommandTag, error)
	query(ctx context.Context, text string, args []any) (*rows, error)
	batch(ctx context.Context, b *Batch) error
	copy(ctx context.Context, text string, c *Copy) error
	fallback(ctx context.Context, f *Fallback)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func exec(ctx context.Context, on runner, query string, args, v any) error {
	argv, ok := args.([]any)
	if !ok {
		return fmt.Errorf("dialect/sql: invalid type %T. expect []any for args", args)
	}
	switch v := v.(type) {
	case nil:
		_, err := on.exec(ctx, query, argv)
		return err
	case *sql.Result:
		tag, err := on.exec(ctx, query, argv)
		if err != nil {
			return err
		}
		*v = result{tag}
		return nil
	}
	return fmt.Errorf("dialect/sql: invalid type %T. expect *sql.Result", v)
}

func runQuery(ctx context.Context, on runner, query string, args, v any) error {
	switch v := v.(type) {
	case *Batch:
		return on.batch(ctx, v)
	case *Copy:
		return on.copy(ctx, query, v)
	case *Fallback:
		on.fallback(ctx, v)
		return nil
	}
	vr, ok := v.(*entsql.Rows)
	if !ok {
		return fmt.Errorf("dialect/sql: invalid type %T. expect *sql.Rows", v)
	}
	argv, ok := args.([]any)
	if !ok {
		return fmt.Errorf("dialect/sql: invalid type %T. expect []any for args", args)
	}
	if wantsSQLRows(query, argv) {
		r, err := on.QueryContext(ctx, query, argv...)
		if err != nil {
			return err
		}
		*vr = entsql.Rows{ColumnScanner: r}
		return nil
	}
	r, err := on.query(ctx, query, argv)
	if err != nil {
		return err
	}
	*vr = entsql.Rows{ColumnScanner: r}
	return nil
}

func (d *Driver) query(ctx context.Context, text string, args []any) (*rows, error) {
	before, err := d.settings(ctx)
	if err != nil {
		return nil, err
	}
	st := statement{text: text, args: args, before: before}
	ctx = plainContext(ctx)
	var tried attempts
	var held held
	defer held.release()
	for {
		pc, err := d.acquire(ctx)
		if err != nil {
			return nil, err
		}
		held.conn = pc
		s := d.session(pc)
		fresh := !s.used
		s.used = true
		f, err := s.start(ctx, d.texts, &st)
		if err == nil {
			r := newRows(d, s, f, text)
			if err = r.lookAhead(); err == nil {
				r.conn, held.conn = pc, nil
				if r.landed {
					r.giveBack()
				}
				return r, nil
			}
		}
		next := d.judge(ctx, s, &st, fresh, &tried, err)
		held.release()
		if next == failed {
			return nil, lostWrite(err, &statement{text: text})
		}
		st.describe = next == heal
	}
}

func (d *Driver) exec(ctx context.Context, text string, args []any) (pgconn.CommandTag, error) {
	if len(args) > 0 || ctx.Value(d.varsKey) != nil {
		r, err := d.query(ctx, text, args)
		if err != nil {
			return pgconn.CommandTag{}, err
		}
		err = r.Close()
		return r.tag, err
	}
	ctx = plainContext(ctx)
	var tried attempts
	for {
		pc, err := d.acquire(ctx)
		if err != nil {
			return pgconn.CommandTag{}, err
		}
		s := d.session(pc)
		fresh := !s.used
		s.used = true
		tag, err := s.execSimple(ctx, text, "")
		if err == nil {
			pc.Release()
			return tag, nil
		}
		again := s.pg.IsClosed() && d.judge(ctx, s, &statement{text: text}, fresh, &tried, err) == replay
		pc.Release()
		if !again {
			return tag, lostWrite(err, &statement{text: text})
		}
	}
}

// settings turns the variables of sql.WithVar into statements.
func (d *Driver) settings(ctx context.Context) ([]plain, error) {
	vars, err := settingsOf(ctx, d.varsKey)
	if len(vars) == 0 {
		return nil, err
	}
	before := make([]plain, len(vars))
	for i, v := range vars {
		before[i] = plain{text: setSetting, args: []string{v.name, v.value}}
	}
	return before, nil
}

// plainContext spares pgconn the watch over a context that never ends.
func plainContext(ctx context.Context) context.Context {
	if ctx.Done() == nil {
		return context.Background()
	}
	return ctx
}
