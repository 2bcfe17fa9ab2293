// Package espalier maps the packages of this module; it holds no code. Each
// imports only packages of lower floors, and none of its own floor:
//
//	7  cmd/espalier, cmd/seed   the commands
//	   internal/demo            what "make demo" runs
//	6  internal/cli             the command line of espalier
//	   internal/shop            the shop's data set and the command line of seed
//	5  neontest                 a migrated database of its own for each test
//	4  ent                      the shop: the schema and the client generated from it
//	   migrate                  the shop's versioned migrations
//	3  entneon                  the extension of ent's generator: a client of one round trip, ent/schema.sql
//	   internal/localneon       Neon's API on this machine, over local branches
//	2  migration                diffs, applies and checks migrations, on the Atlas library
//	   seed                     fills tables fast, the same rows for the same seed number
//	   branch/localbranch       branches on local Postgres clusters
//	   branch/neonbranch        branches on Neon, over its API
//	1  neon                     connects an ent client, one round trip per statement
//	   mixin                    reusable parts of a schema
//	   internal/neonapi         a client of Neon's API
//	   internal/pglocal         finds, fetches and runs a local Postgres
//	   branch/branchtest        the tests every branch backend passes
//	0  branch                   what every branch backend does
//	   internal/wireproxy       counts round trips and breaks connections, for tests and bench
//
// Below neon lie what the generated client compiles against in place of ent's
// packages of the same names (neon/dialect/sql, neon/dialect/sql/sqlgraph) and
// its transactions with retries and savepoints (neon/intx).
//
// An application imports ent, its tests neontest, its entc.go entneon, its
// schema mixin; deploy scripts use the command espalier or the package
// migration. Only entneon links ent's compiler, so no program that is deployed
// may import it.
package espalier
