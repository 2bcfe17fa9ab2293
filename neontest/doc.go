// Package neontest gives each test a Postgres database of its own, already
// migrated, in about the time of a file copy.
//
// Start with Open: it finds the project's atlas.hcl above the test's folder,
// applies the migrations once to a template database that is named by their
// hash, and clones that for the test. Tests may call t.Parallel; packages that
// run at once share the server and the templates. The database is dropped when
// the test ends. OpenWith takes other migrations, or none.
//
// The server is the one of $DATABASE_URL where that is set (its role needs
// CREATEDB), else an embedded one that is started on demand and stops by
// itself.
//
// Set ESPALIER_KEEP=1 to keep the databases of failed tests; the test's log
// says their URLs. The embedded server then goes on for an hour.
//
// Not for development data: that lives on a branch, see package branch.
package neontest
