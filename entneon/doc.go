// Package entneon is the extension of ent's code generator. Add it with one
// line to the program that runs the generator:
//
//	err := entc.Generate("./schema", &gen.Config{}, entc.Extensions(entneon.New(entneon.Config{})))
//
// The generated client keeps ent's API, and behind the driver of package neon
// it pays one round trip for each operation:
//
//   - an update is one UPDATE … RETURNING, its edges go in the same flush;
//   - a create reads back what the database fills in, edges included;
//   - a query loads its edges in one statement and one snapshot;
//   - In and NotIn send one array, a bulk insert one array for each column, so
//     neither has a limit.
//
// It adds InTx to the client, Returning to updates and deletes, and After,
// Before, Page, LimitPerParent, SQL, Explain, Stream and ForEach to queries.
//
// For writes it adds UpdateBulk, MapUpdateBulk, CopyFrom and TryCopyFrom to the
// client of each entity, and Row and Rows to upserts. In a transaction with the
// context of neon.Defer, creates with ids of the client wait for COMMIT.
//
// Behind any other driver, such as those of SQLite and MariaDB, the client does
// what ent's own does.
//
// Some operations stay with ent's own statements, and cost what they cost
// there: bulk creates, updates of many entities and upserts, each with edges that
// other tables hold; in a query, edges whose entity has a privacy policy, whose
// query has modifiers or interceptors that do more than to add conditions, and
// everything below those. Query.SQL shows what is sent.
//
// The extension also writes schema.sql, the desired state that migrations are
// diffed against, beside the generated client, and removes generated files that
// nothing generates any more.
//
// It links ent's compiler: import it from entc.go only, never from a program
// that is deployed.
package entneon
