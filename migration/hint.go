package migration

import (
	"errors"
	"net"
	"strings"
)

// hintError adds advice to an error.
type hintError struct {
	error
	hint string
}

func (e *hintError) Unwrap() error { return e.error }

// Hint returns the advice.
func (e *hintError) Hint() string { return e.hint }

// hinted gives err the advice hint, unless it is empty.
func hinted(err error, hint string) error {
	if err == nil || hint == "" {
		return err
	}
	return &hintError{err, hint}
}

// connectHint is the advice for a connection that couldn't be made.
func connectHint(err error) string {
	switch sqlState(err) {
	case "28P01", "28000":
		return "check the user and the password in the URL"
	case "3D000":
		return "check the database's name in the URL"
	case "53300":
		return "close other connections, or wait until they end"
	case "57P03":
		return "the server is starting or shutting down: try again in a moment"
	}
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		return "check the host in the URL and the network"
	case errors.As(err, &op):
		return "is the server running, and are host and port right? `espalier up` starts the local one"
	}
	return ""
}

// sqlHint is the advice for a statement that Postgres refused, by SQLSTATE.
func sqlHint(state, stmt string) string {
	switch state {
	case "25001":
		return "this statement can't run in a transaction: move it to a file of its own that begins with the line `-- atlas:txmode none` and an empty line"
	case "25006":
		return "the server is read-only: use the URL of the primary"
	case "25P02":
		return "an earlier statement of the transaction failed"
	case "40001", "40P01":
		return "other sessions were in the way: apply again"
	case "42501":
		return "the role lacks the right: use the owner's URL"
	case "42601":
		return "the SQL is not valid: correct the file, run `espalier migrate hash`, then apply again"
	case "42P07", "42710", "42701", "42P06", "42723":
		if strings.Contains(strings.ToUpper(stmt), "CONCURRENTLY") {
			return "a CREATE INDEX CONCURRENTLY that failed leaves an invalid index of this name: DROP INDEX CONCURRENTLY it, then apply again"
		}
		return "something made it outside of the migrations: drop or rename it there, or take the statement out of the file and run `espalier migrate hash`"
	case "42P01", "42703", "42704", "3F000":
		return "the database isn't what the earlier files lead to: compare it with `espalier migrate status`"
	case "53100":
		return "the server's disk is full: free or add space, then apply again"
	case "53200", "53300", "53400":
		return "the server is out of resources: try again when it has less to do"
	case "55006":
		return "another session uses the object: close it, then apply again"
	case "55P03":
		return "other sessions keep the table locked: find them in pg_stat_activity, or apply again with a longer lock timeout"
	case "55P04":
		return "a new enum value can't be used in the transaction that adds it: use it in a later file"
	case "57014":
		return "the statement was canceled, by the user or by statement_timeout: apply again, with --statement-timeout where it needs longer"
	case "57P01", "57P02", "57P03", "57P05":
		return "the server ended the connection: look at `espalier migrate status`, then apply again"
	}
	switch {
	case strings.HasPrefix(state, "23"):
		return "rows in the table don't fit the new rule: correct them in an earlier statement or file"
	case strings.HasPrefix(state, "22"):
		return "a value doesn't fit the new type: convert it with USING, or correct it first"
	case strings.HasPrefix(state, "08"):
		return "the connection was lost: look at `espalier migrate status`, then apply again"
	}
	return ""
}
