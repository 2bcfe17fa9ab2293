// Package pglocal runs a real Postgres on this machine without Docker and
// without an account: it finds or fetches the binaries, keeps an initialised
// template per version, and starts clusters that many processes share.
//
// Start with Start for a cluster that lives in a directory, or with Shared for
// the throw-away server of tests and dev databases. Both hold a use of the
// server until Close; a detached keeper process stops the server a moment
// after its last user went away, however it went. Find and Candidates tell
// which binaries there are.
//
// Not for branches: branch/localbranch builds them on this package. Not for
// servers that serve others: everything here listens on loopback only.
package pglocal
