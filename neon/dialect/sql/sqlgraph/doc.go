// Package sqlgraph stands in for ent's package dialect/sql/sqlgraph in the
// client that the extension entneon generates: the same names, and functions
// of its own that pay one round trip where ent's pay several. Only generated
// code imports it.
//
// Each of them takes its own way only with neon's driver, and decides before
// anything is sent; with any other driver, and for what it doesn't cover, it
// calls ent's function of the same name.
//
// # What stays with ent's statements
//
// Behind neon's driver these writes cost what they cost in ent: BEGIN with the
// first statement, each statement and COMMIT. Client.Debug shows them: a line
// "driver.Tx" and one for each statement, where there is one line otherwise.
//
//   - an upsert (OnConflict) with edges that other tables hold;
//   - a bulk create, also an upsert, with such edges, or with a column that is an
//     array, or with a value that has no text, such as a time before year 1;
//   - an update of many (Update, not UpdateOne) with such edges;
//   - in a transaction of the caller, a create or an update of one with several
//     edges whose rows must be free to be linked (O2M, O2O), and an update of one
//     with such edges and conditions: a failed check must not end the transaction;
//   - a create with an id that the database makes and edges that link one row
//     twice, or whose ids are of a type that isn't an integer, text or UUID;
//   - an update of one with a modifier that adds a RETURNING of its own;
//   - a bulk update (UpdateBulk) with one of the updates above among it: all of
//     them, in one transaction.
//
// In UpdateBulk, updates with conditions, modifiers, appends to JSON, edges in
// other tables or nothing to set keep a statement each, in the same flush and the
// same round trip.
//
// These fail before anything is sent: Returning ([ErrReturning]) and Row and Rows
// of an upsert ([ErrUpserted]) with edges that other tables hold and on other
// drivers. CopyFrom ends with an error at the first row with such edges, and at
// one that sets other columns with a default in the database than the first; on
// other drivers it is bulk creates in one transaction.
package sqlgraph

//go:generate go run ../../aliases entgo.io/ent/dialect/sql/sqlgraph .
