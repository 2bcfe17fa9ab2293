// Package localneon serves Neon's API v2 on this machine, over the branches of
// localbranch: Neon's own command-line client and any other client of the API
// work against it, offline.
//
//	s, err := localneon.Open(ctx, ".", localneon.Config{})
//	defer s.Close()
//	http.Serve(listener, s)   // NEON_API_HOST=http://host/api/v2, NEON_API_KEY=s.Key()
//
// The command espalier runs it as a daemon with Start; Running finds it and
// Stop ends it.
//
// A project is a folder of localbranch: the one it was opened in, and further
// ones below .espalier/projects. What localbranch doesn't know (ids of computes,
// passwords of roles, operations, settings) is in .espalier/neon.json. Both are
// written in one step each, so a kill -9 leaves branches as they were or as they
// were to become. Branches that other processes make or delete meanwhile are
// seen by the next request.
//
// What differs from Neon: computes of a branch share one Postgres, and a
// read-only one is that Postgres with default_transaction_read_only; a schema is
// told from the catalogs, not by pg_dump; limits are wide, and what costs money
// (consumption, permissions, VPCs, Neon Auth, functions, buckets) answers 404.
package localneon
