package migration

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/espalier-go/espalier/migration/lint"
	"github.com/jackc/pgx/v5"
)

// gateWait is how long a statement may take to come to the gate.
const gateWait = 20 * time.Second

// gated runs a statement that refuses transactions. A second session holds a
// lock of a writer on every table, which CREATE INDEX CONCURRENTLY and its like
// wait for: meanwhile their own locks can be read from outside. What doesn't
// wait (a plain VACUUM) blocks no writer, and its locks stay unknown.
func (o *observer) gated(ctx context.Context, text string, st *lint.Statement) error {
	gate, err := connect(ctx, o.s.url)
	if err != nil {
		return err
	}
	defer gate.close()
	var tables []string
	for _, r := range st.Before.Relations {
		if r.Kind == "r" || r.Kind == "p" {
			tables = append(tables, pgx.Identifier{r.Schema, r.Name}.Sanitize())
		}
	}
	if _, err := gate.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	if len(tables) > 0 {
		if _, err := gate.ExecContext(ctx, "LOCK TABLE ONLY "+strings.Join(tables, ", ONLY ")+" IN ROW EXCLUSIVE MODE"); err != nil {
			return fmt.Errorf("observe the locks: %w", err)
		}
	}
	done := make(chan error, 1)
	go func() {
		_, err := o.s.ExecContext(ctx, text)
		done <- err
	}()
	deadline := time.Now().Add(gateWait)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		select {
		case err := <-done:
			return err
		case <-time.After(pause):
		}
		var waits bool
		err := gate.conn.QueryRowContext(ctx, "SELECT cardinality(pg_catalog.pg_blocking_pids($1)) > 0", int64(o.s.pid)).Scan(&waits)
		if err == nil && !waits && time.Now().Before(deadline) {
			continue
		}
		if err == nil {
			st.Locks, err = o.locks(ctx, gate, st, fmt.Sprint(o.s.pid))
		}
		_, _ = gate.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		if failed := <-done; failed != nil {
			return failed
		}
		return err
	}
}

// quotedIn is the first text in quotes of a message.
func quotedIn(s string) string {
	_, s, _ = strings.Cut(s, `"`)
	s, _, _ = strings.Cut(s, `"`)
	return s
}
