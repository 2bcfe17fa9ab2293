// Package seed fills the tables of a Postgres database with rows that are the
// same for the same seed number, on every run and machine.
//
// Declare a Dataset: its tables with the parents first, how many rows each has
// at a scale, and a function that makes the row of an index. Then call Run. It
// sends the rows with COPY, several thousand in a transaction, and notes in the
// same transaction (table espalier.seed_progress) how far it came. So Run is
// safe to repeat: it does nothing where all rows are there, and goes on at the
// exact row where it was killed or the network was lost.
//
// Digest tells whether two builds make the same rows; use it in a test of the
// data set.
//
// Not for fixtures of tests: those are small, and named.
package seed
