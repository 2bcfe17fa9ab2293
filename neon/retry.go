package neon

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// attempts counts what has been tried for one statement.
type attempts struct {
	lost, fresh, healed int
}

// maxFreshLosses is how many new connections a read may lose and go on,
// maxFreshShutdowns how many where the server says that it ended the session on
// purpose (57P01), so that it can't be the read that breaks it.
const maxFreshLosses, maxFreshShutdowns = 3, 10

// freshPause is how long to wait after a new connection was lost; it doubles.
const freshPause = 5 * time.Millisecond

// outcome is what a failed statement allows.
type outcome int

const (
	// failed: the error goes to the caller.
	failed outcome = iota
	// replay: run it on another connection.
	replay
	// heal: what is known of it is out of date; ask the server anew.
	heal
)

// judge decides about an error of a statement outside a transaction, or of the
// first flush of one, where nothing can have been committed.
func (d *Driver) judge(ctx context.Context, s *session, st *statement, fresh bool, a *attempts, err error) outcome {
	if ctx.Err() != nil {
		insist(s.pg, err)
		return failed
	}
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && !s.pg.IsClosed() {
		if limit := staleness(pgErr); a.healed < limit {
			a.healed++
			st.forget(s, d.texts)
			if isNameLost(pgErr) {
				// The connection may lead to another session with each transaction.
				st.unnamed = true
				d.nameLost(ctx, s)
			}
			d.log.DebugContext(ctx, "neon: describing a statement anew", "code", pgErr.Code)
			return heal
		}
		return failed
	}
	if !s.pg.IsClosed() || !connectionEnded(err) {
		return failed
	}
	// After a suspension all connections are left over from before. A fresh one
	// that breaks as well is worth another, and then there is something wrong.
	limit := maxFreshLosses
	if pgErr != nil && pgErr.Code == "57P01" {
		limit = maxFreshShutdowns
	}
	if fresh {
		a.fresh++
	}
	if a.fresh > limit || a.lost > d.maxConns+limit {
		return failed
	}
	if !pgconn.SafeToRetry(err) && !st.rollsBack() && !st.isRead() {
		return failed
	}
	if fresh {
		select {
		case <-ctx.Done():
			return failed
		case <-time.After(min(freshPause<<a.fresh, 500*time.Millisecond)):
		}
	}
	a.lost++
	d.log.DebugContext(ctx, "neon: replacing a lost connection", "error", err)
	return replay
}

// maxHeals is how often a statement is described anew while the schema changes
// under it.
const maxHeals = 4

// staleness is how often it is worth describing a statement anew after an error
// that comes from types or plans which a DDL statement has changed since they
// were described, or from a guess at first sight. A statement that fails leaves
// nothing behind, so trying again is safe.
func staleness(err *pgconn.PgError) int {
	switch err.Code {
	case "0A000": // cached plan must not change result type
		if err.Routine == "RevalidateCachedQuery" {
			return maxHeals
		}
		return 1
	case "26000", // prepared statement does not exist
		"42P05", // prepared statement already exists
		"08P01": // bind message has n result formats but query has m columns
		return maxHeals
	case "XX000": // such messages are never translated
		if strings.HasPrefix(err.Message, "cache lookup failed for ") {
			return maxHeals
		}
	case "42704", // type with OID n does not exist
		"22P02", "22P03", // invalid text or binary representation
		"42804", "42883", "42846": // type mismatch, no such operator, no such cast
		return 1
	}
	return 0
}

// isNameLost tells that a named statement isn't in the session it was parsed in,
// or another is.
func isNameLost(err *pgconn.PgError) bool { return err.Code == "26000" || err.Code == "42P05" }

// maxNamesLost is how many sessions may lose their statements, as DISCARD ALL
// does, until the driver takes it that there is a transaction pooler.
const maxNamesLost = 3

// nameLost takes the names of a session for lost, and gives them up for good
// where that happens again and again.
func (d *Driver) nameLost(ctx context.Context, s *session) {
	s.forgetAll()
	if d.namesLost.Add(1) == maxNamesLost {
		d.log.WarnContext(ctx, "neon: prepared statements get lost, as behind a transaction pooler: they stay unnamed from now on; "+
			"set Config.Mode to ModePooled", "host", d.url.Host)
	}
}

// session is that of the connection.
func (d *Driver) session(pc *pgxpool.Conn) *session {
	s := sessionOf(pc, d.cacheSize)
	if s.named != nil && d.namesLost.Load() >= maxNamesLost {
		s.forgetAll()
		s.named = nil
	}
	return s
}

func connectionEnded(err error) bool {
	return IsConnectionLost(err) || errors.Is(err, pgconn.ErrConnClosed) || pgconn.SafeToRetry(err)
}

// lostWrite marks the error of a write outside a transaction that may have been
// committed all the same: its connection ended before the answer did.
func lostWrite(err error, st *statement) error {
	if err == nil || st.inTx || IsUnknownCommit(err) || pgconn.SafeToRetry(err) || st.isRead() {
		return err
	}
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && pgErr.SeverityUnlocalized != "FATAL" && pgErr.SeverityUnlocalized != "PANIC" && pgErr.Severity != "FATAL" {
		return err
	}
	if IsConnectionLost(err) || pgErr != nil || contextEnded(err) {
		return &UnknownCommitError{Op: "statement", Err: err}
	}
	return err
}
