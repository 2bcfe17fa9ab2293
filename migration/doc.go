// Package migration turns a desired schema into versioned SQL files and applies
// them. It stands on the Atlas library and keeps to the files, the checksums
// and the revision table of the Atlas command line, so that either tool can go
// on where the other one stopped.
//
// Diff writes the next file, New an empty one for SQL by hand, Hash and
// Validate look after atlas.sum, Lint says what a file would do to a database in
// use, Rehearse what it does to a copy,
// Apply runs what is pending and Status tells where a database stands. Drift
// compares a database with its files, Down takes files back, Checkpoint sums
// files up, Rebase orders those of two git branches. LoadProject reads all their
// settings from atlas.hcl.
//
// What compares schemas reads them from pg_catalog, whole: Diff plans on a dev
// database, executes there and looks again until nothing differs, so that what it
// writes has run before.
//
// The engine takes the desired state as a value (State, DDL text), so that
// nothing here links ent's code generator. It reads a directory through fs.FS:
// os.DirFS in a command, an embed in a server that migrates itself.
//
// Always give Apply a direct URL: a transaction pooler breaks the advisory lock
// and every session setting. Don't use this package in tests of application
// code: neontest gives them migrated databases in less time.
package migration
