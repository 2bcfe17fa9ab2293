// Package pgbouncer runs a PgBouncer in transaction mode in front of a Postgres,
// as Neon's pooled URLs do.
//
// Start starts one that ends with this process, however that ends, or with
// Close. Find tells which binary there is. It listens on loopback only and asks
// its clients for a password of its own; passwords stand in no command line.
package pgbouncer
