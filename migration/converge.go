package migration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxRounds bounds how often a plan is continued with what is still missing.
const maxRounds = 8

// convergence leads a dev database to a wanted catalog and keeps the statements
// that did it, in an order that works.
type convergence struct {
	db         *devDatabase
	schemas    []string
	want       catalog
	keeper     keeper
	policy     Policy
	concurrent Concurrent
	qualify    bool
	// settleWant settles the database that want was read from and reads it
	// again, or is nil where all is settled. It costs much where there are many
	// tables, and is only called for what Postgres may print otherwise.
	settleWant func() (catalog, error)
	// keysLast keeps foreign keys out of CREATE TABLE.
	keysLast bool
	// lenient takes an object for reached that was made from the wanted
	// definition and is printed otherwise: want is of another server, which may
	// be of another major version.
	lenient bool
	reached map[object]bool
}

// stuckError is a plan that doesn't get on: a statement that fails whatever goes
// before it, or differences that statements don't change.
type stuckError struct {
	done  []statement
	stmt  *statement
	err   error
	diffs []difference
}

func (e *stuckError) Error() string {
	if e.stmt != nil {
		return fmt.Sprintf("%s: %v", oneLine(e.stmt.sql), e.err)
	}
	return strings.Join(lines(e.diffs), "; ")
}

func (e *stuckError) Unwrap() error { return e.err }

// run plans, executes, looks again, until nothing differs. cur is the catalog of
// the database now.
func (c *convergence) run(ctx context.Context, cur catalog) ([]statement, error) {
	var all []statement
	restore := make(catalog)
	made := make(map[object]bool)
	c.reached = make(map[object]bool)
	for round := 0; ; round++ {
		diffs, keep := c.compare(cur, restore)
		if c.settleWant != nil && c.unsettled(diffs) {
			var err error
			if cur, err = c.settle(ctx); err != nil {
				return nil, err
			}
			diffs, keep = c.compare(cur, restore)
		}
		if c.lenient {
			diffs = slices.DeleteFunc(diffs, func(d difference) bool {
				c.reached[d.object] = c.reached[d.object] || made[d.object] && d.is(modified) && printed[d.kind]
				return c.reached[d.object] && d.is(modified)
			})
		}
		if len(diffs) == 0 {
			return all, nil
		}
		if round == maxRounds {
			return nil, &stuckError{done: all, diffs: diffs}
		}
		edges, err := c.db.edges(ctx)
		if err != nil {
			return nil, err
		}
		p := &planner{ddl: ddl{qualify: c.qualify}, cur: cur, want: c.want, edges: edges, keep: keep, concurrent: c.concurrent, restore: restore, keysLast: c.keysLast}
		plan := p.plan(diffs)
		if len(plan) == 0 {
			return nil, &stuckError{done: all, diffs: diffs}
		}
		done, err := c.try(ctx, plan)
		all = append(all, done...)
		for _, s := range done {
			made[s.object] = true
		}
		if err != nil {
			var stuck *stuckError
			if errors.As(err, &stuck) {
				stuck.done = all
			}
			return nil, err
		}
		if cur, err = c.db.catalog(ctx, c.schemas); err != nil {
			return nil, err
		}
	}
}

// unsettled tells whether a difference may be one of print only.
func (c *convergence) unsettled(diffs []difference) bool {
	return slices.ContainsFunc(diffs, func(d difference) bool {
		return d.is(modified) && (d.kind == "check" || d.kind == "index" || d.kind == "column" && d.got.parts[colExpr] != d.want.parts[colExpr])
	})
}

// settle settles both databases, once.
func (c *convergence) settle(ctx context.Context) (catalog, error) {
	if c.settleWant != nil {
		want, err := c.settleWant()
		if err != nil {
			return nil, err
		}
		c.want, c.settleWant = want, nil
	}
	if err := c.db.settle(ctx); err != nil {
		return nil, err
	}
	return c.db.catalog(ctx, c.schemas)
}

// printed are the kinds that are compared by what Postgres makes of a tree.
var printed = map[string]bool{"view": true, "materialized view": true, "policy": true, "trigger": true, "rule": true, "function": true, "procedure": true,
	"check": true, "index": true, "exclusion": true, "statistics": true, "domain constraint": true}

// compare lists what is still to be done, and what is left alone.
func (c *convergence) compare(cur, restore catalog) ([]difference, catalog) {
	keep := c.keeper.kept(cur, c.want)
	var diffs []difference
	for _, d := range differences(cur, c.want) {
		if d.is(dropped) && (keep[d.object] != nil || restore[d.object] != nil) {
			continue
		}
		diffs = append(diffs, d)
	}
	for _, e := range sorted(restore) {
		if cur[e.object] == nil && c.want[e.object] == nil {
			diffs = append(diffs, difference{e.object, nil, e})
		}
	}
	if !c.keeper.strict {
		diffs = c.policy.filter(c.keeper.accepted(diffs))
	}
	return diffs, keep
}

// try executes the statements on their own and puts those that fail after the
// others, again and again while that helps. Concurrent ones go last.
func (c *convergence) try(ctx context.Context, plan []statement) (done []statement, err error) {
	slices.SortStableFunc(plan, func(a, b statement) int {
		switch {
		case a.concurrent == b.concurrent:
			return 0
		case a.concurrent:
			return 1
		}
		return -1
	})
	for len(plan) > 0 {
		var failed []statement
		var first error
		for _, s := range plan {
			if _, err := c.db.ExecContext(ctx, s.sql); err != nil {
				if ctx.Err() != nil || sqlState(err) == "" {
					return done, fmt.Errorf("plan on the dev database: %w", err)
				}
				if first == nil {
					first = err
				}
				failed = append(failed, s)
				continue
			}
			done = append(done, s)
		}
		if len(failed) == len(plan) {
			// What went with another object is made in the next round, and
			// with it what fails without it.
			if len(done) > 0 {
				return done, nil
			}
			return nil, &stuckError{stmt: &failed[0], err: first}
		}
		plan = failed
	}
	return done, nil
}
